/** What is said of an engine that refuses, through the real command line. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runBenchmark } from 'isochron';
import { describe, expect, test } from 'vitest';
import { type Fault, noCompiler, shimEngine } from '../engine/shim-engine.js';
import { csv, isochron, json, scratch, start, until } from './helpers.js';
import { alive, children } from './processes.js';

const MODEL = 'cnv_25';

describe.skipIf(noCompiler)(`an engine that refuses${noCompiler ? ` (${noCompiler})` : ''}`, () => {
  test.each<[string, Fault, string, RegExp]>([
    ['without XNNPACK', 'WITHOUT_XNNPACK', 'E_XNNPACK_MISSING', /was built without XNNPACK/],
    ['whose delegate can’t be made', 'XNNPACK_FAILS', 'E_XNNPACK_FAILED', /could not create its X/],
  ])('%s: a run with it says so, and one without it goes well', async (_, fault, code, words) => {
    const engine = await shimEngine(scratch(), fault);
    const run = (...more: string[]) =>
      isochron(['run', MODEL, '-t', '2', '--events', 'none', '--engine', engine, ...more]);
    const refused = await run('--xnnpack');
    expect(refused.stderr).toMatch(words);
    expect(refused.stderr).toContain('--no-xnnpack');
    expect(refused.status).toBe(1);
    expect((await run('--no-xnnpack')).status).toBe(0);
    await expect(
      runBenchmark({ workload: MODEL, engine, xnnpack: true, jobs: 1 }),
    ).rejects.toMatchObject({ code });
    // first-run leaves this half out, and says why
    const first = ['first-run', MODEL, '--repetitions', '1', '--jobs', '3', '--engine', engine];
    const { status, stdout, stderr } = await isochron(first);
    expect(stdout).toContain('XNNPACK off');
    expect(stdout).not.toContain('XNNPACK on');
    expect(stderr).toMatch(/left out: XNNPACK on: /);
    expect(status).toBe(0);
  });

  test('in the middle of a run: the rows up to then are kept (E_INVOKE_FAILED)', async () => {
    const out = join(scratch(), 'out.csv');
    const engine = await shimEngine(scratch(), 'FAIL_AT=4');
    const { status, stderr } = await isochron([
      'run',
      MODEL,
      '-t',
      '9',
      '--events',
      'none',
      '--engine',
      engine,
      '-o',
      out,
    ]);
    expect(stderr).toMatch(/The engine failed to run the model .*\n {2}Its inputs were generated/);
    expect(status).toBe(1);
    expect(csv(out)).toHaveLength(3);
    expect(json(out.replace('.csv', '.json'))).toMatchObject({
      status: 'failed',
      error: { code: 'E_INVOKE_FAILED' },
    });
  });

  test.each<[string, string[]]>([
    ['of a run', ['run', MODEL, '-t', '9', '--events', 'none']],
    [
      'of an evaluation',
      [
        ...['models', 'quantize', MODEL, '--precision', 'int8', '--calibrate', 'random:9'],
        ...['-o', join(scratch(), 'int8.tflite')],
      ],
    ],
  ])('and hangs: the process %s ends when its parent was killed', async (_whose, args) => {
    const blocked = join(scratch(), 'blocked');
    const engine = await shimEngine(scratch(), 'BLOCK_AT=4');
    const { child, result } = start([...args, '--engine', engine], {
      env: { ISOCHRON_TEST_BLOCKED: blocked },
    });
    await until(() => existsSync(blocked), 'the engine to hang');
    const below = children(child.pid as number);
    expect(below).toHaveLength(1);
    child.kill('SIGKILL');
    await until(() => !below.some(alive), 'the engine’s process to end');
    await result;
  });

  test('every run of first-run, but not its trial: the first reason is quoted (E_FIRST_RUN)', async () => {
    const engine = await shimEngine(scratch(), 'FAIL_AT=2');
    const { status, stdout, stderr } = await isochron([
      'first-run',
      MODEL,
      '--repetitions',
      '1',
      '--jobs',
      '3',
      '--engine',
      engine,
    ]);
    expect(stderr).toMatch(/No run of cnv_25 came to an end: .*The engine failed to run the model/);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });
});

test.each([
  ['output0.raw', 'No space left on device'],
  ['outputs.json', 'the disk is full'],
])(
  'outputs that are to be kept and find the disk full: the run has failed (E_OUTPUT_WRITE), %s',
  async (name, reason) => {
    const folder = scratch();
    const outputs = join(folder, 'outputs');
    mkdirSync(outputs);
    symlinkSync('/dev/full', join(outputs, name));
    const out = join(folder, 'out.csv');
    const { status, stderr } = await isochron([
      'run',
      MODEL,
      '-t',
      '3',
      '--events',
      'none',
      '--dump-output',
      outputs,
      '-o',
      out,
    ]);
    expect(stderr).toContain(`The output file ${join(outputs, name)} can't be written: ${reason}`);
    expect(status).toBe(1);
    expect(csv(out)).toHaveLength(3);
    expect(json(join(folder, 'out.json'))).toMatchObject({
      error: { code: 'E_OUTPUT_WRITE' },
      finished: { reason: 'failed', jobs: 3, error: { code: 'E_OUTPUT_WRITE' } },
    });
  },
);
