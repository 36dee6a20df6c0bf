import { describe, expect, test } from 'vitest';
import type { NativePlan } from '../../src/addon/native.js';
import { crash, lastWords, type RunDeath } from '../../src/child/crash.js';

const CREATED = 'INFO: Created TensorFlow Lite XNNPACK delegate for CPU.';

describe('last words', () => {
  test('are the last error, not the information after it', () => {
    expect(lastWords(`ERROR: first\nERROR: failed to create XNNPACK runtime\n${CREATED}\n`)).toBe(
      'ERROR: failed to create XNNPACK runtime',
    );
  });
  test('are nothing where the engine only reported what it created', () => {
    expect(lastWords(`${CREATED}\n`)).toBe('');
    expect(lastWords('')).toBe('');
  });
  test('are any other line where none is an error', () => {
    expect(lastWords(`${CREATED}\nterminating\n`)).toBe('terminating');
  });
  test('are the fault among the lines of a trace', () => {
    expect(lastWords('FATAL ERROR: JavaScript heap out of memory\n1: 0xb7a940 node::Abort\n')).toBe(
      'FATAL ERROR: JavaScript heap out of memory',
    );
  });
});

const tflite = (more: object = {}) =>
  ({
    workload: { kind: 'tflite', model: '/m.tflite', xnnpack: true, ...more },
    lending: { heapLimitBytes: 0 },
  }) as NativePlan;
const death = (signal: NodeJS.Signals | null, more: Partial<RunDeath> = {}): RunDeath => ({
  code: signal ? null : 7,
  signal,
  prepared: true,
  output: `${CREATED}\n`,
  modelChanged: false,
  ...more,
});

describe('a crash', () => {
  test('of the engine names the model, the signal and what to try, and quotes no information', () => {
    expect(crash(death('SIGSEGV'), tflite())).toMatchObject({
      code: 'E_CRASHED',
      message: 'The engine crashed (SIGSEGV) over the model /m.tflite during the run.',
      hint: expect.stringContaining('--no-xnnpack'),
    });
    expect(crash(death('SIGABRT', { prepared: false }), tflite({ xnnpack: false }))).toMatchObject({
      message: 'The engine crashed (SIGABRT) over the model /m.tflite while it was made ready.',
      // there were no rows to keep
      hint: expect.not.stringMatching(/--no-xnnpack|rows/),
    });
  });
  test('quotes the engine’s error as the end of its sentence', () => {
    const { message } = crash(death('SIGABRT', { output: 'ERROR: no kernel.\nINFO: x' }), tflite());
    expect(message).toMatch(/during the run; its last words: ERROR: no kernel\.$/);
  });
  test('by SIGBUS says where the model’s file was changed under it', () => {
    const changed = { modelChanged: true };
    expect(crash(death('SIGBUS', changed), tflite()).hint).toMatch(/file was changed while it ran/);
    expect(crash(death('SIGBUS'), tflite()).hint).toMatch(/another one/);
    expect(crash(death('SIGSEGV', changed), tflite()).hint).toMatch(/another one/);
  });
  test('by SIGXCPU names the limit', () => {
    expect(crash(death('SIGXCPU'), tflite()).hint).toMatch(/ulimit -t/);
  });
  test('by SIGFPE says what probably happened and which options give other values', () => {
    const { hint } = crash(death('SIGFPE'), tflite());
    expect(hint).toMatch(/divided by zero.*--input NAME=FILE.*--seed/);
  });
  test('is nobody’s fault when it was killed or ended from outside', () => {
    expect(crash(death('SIGKILL'), tflite()).message).toMatch(/process was ended by SIGKILL over/);
    expect(crash(death(null), tflite()).message).toMatch(/process ended with status 7 over/);
  });
  test('of a plugin is the plugin’s', () => {
    const plan = {
      ...tflite(),
      workload: { kind: 'plugin', path: '/p.so', args: '' },
    } as NativePlan;
    expect(crash(death('SIGSEGV'), plan)).toMatchObject({
      message: 'The plugin crashed (SIGSEGV) during the run.',
      hint: expect.stringContaining('its code'),
    });
  });
  test('under a heap limit names the limit', () => {
    const plan = { ...tflite(), lending: { heapLimitBytes: 4096 } } as NativePlan;
    expect(crash(death('SIGSEGV'), plan).hint).toMatch(/-m\) of 4096 bytes/);
  });
});
