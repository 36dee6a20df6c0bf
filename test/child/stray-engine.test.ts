/** Evaluations and runs with an engine that writes where it should not, or ends its process: through the built package. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Evaluator } from '../../src/child/evaluator.js';
import { COMMANDS_FD, MESSAGES_FD, PIPES } from '../../src/child/pipes.js';
import { isochron, json, scratch } from '../cli/helpers.js';

const noCompiler = spawnSync('cc', ['--version']).status !== 0;
/** The pipes of commands, messages and streams of records. */
const PIPES_OF_RUN = [COMMANDS_FD, MESSAGES_FD, ...Object.values(PIPES).map(({ fd }) => fd)];
/** An evaluation's two, and some that are none of ours; others are Node's own, and who writes into those may hang. */
const DESCRIPTORS = [1, COMMANDS_FD, MESSAGES_FD, 5, 6, 17];

describe.skipIf(noCompiler)(`an engine that${noCompiler ? ' (no C compiler here)' : ''}`, () => {
  let library: string;
  let model: string;
  beforeAll(() => {
    const folder = scratch();
    library = join(folder, 'stray.so');
    model = join(folder, 'model.tflite');
    const source = join(import.meta.dirname, 'stray-engine.c');
    execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', source, '-o', library]);
    writeFileSync(model, Buffer.concat([Buffer.from('\x1c\0\0\0TFL3'), Buffer.alloc(64)]));
  });
  afterEach(() => {
    delete process.env.STRAY_ENGINE;
  });
  const open = (what: string, signal?: AbortSignal) => {
    process.env.STRAY_ENGINE = what;
    return Evaluator.open({ library, model, ...(signal ? { signal } : {}) });
  };
  const input = Uint8Array.of(0, 0, 0, 64);

  test('does nothing of the kind is evaluated', async () => {
    const evaluator = await open('nothing');
    expect((await evaluator.invoke([input]))[0]).toEqual(input);
    await evaluator.close();
  });

  test.each(DESCRIPTORS)('writes into descriptor %d of an evaluation', async (fd) => {
    const evaluator = await open(`fd:${fd}`);
    const result = evaluator.invoke([input]);
    const refused = { code: 'E_PROTOCOL' };
    if (fd === MESSAGES_FD) await expect(result).rejects.toMatchObject(refused);
    // of two pipes either may be read first
    else if (fd === COMMANDS_FD)
      await expect(result.then(() => evaluator.invoke([input]))).rejects.toMatchObject(refused);
    // what it prints, and what nobody reads, is its own affair
    else expect((await result)[0]).toEqual(input);
    await evaluator.close();
  });

  test.each([
    ['exit', /ended with status 7 .*; its last words: ERROR: it is all over\.$/],
    ['abort', /was ended by SIGABRT .*; its last words: ERROR: no kernel\.$/],
  ])('ends its process in an evaluation by %s', async (how, message) => {
    const evaluator = await open(how);
    await expect(evaluator.invoke([input])).rejects.toMatchObject({
      code: 'E_CRASHED',
      message: expect.stringMatching(message),
    });
    await evaluator.close();
  });

  test('hangs in an evaluation: its signal ends it', async () => {
    const abort = new AbortController();
    const evaluator = await open('hang', abort.signal);
    const result = evaluator.invoke([input]);
    abort.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    await evaluator.close();
  });

  test.each(PIPES_OF_RUN)('writes into descriptor %d of a run', async (fd) => {
    const out = join(scratch(), 'out.csv');
    const args = ['run', 'mobilenet_v1_0.25_32', '--engine', library, '--no-xnnpack'];
    const rest = ['-t', '0', '--period', '5ms', '--events', 'none', '-o', out];
    const { status, stderr } = await isochron([...args, ...rest], {
      env: { STRAY_ENGINE: `fd:${fd}` },
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/brought foreign bytes/);
    expect(json(join(out, '..', 'out.json'))).toMatchObject({
      status: 'failed',
      error: { code: 'E_PROTOCOL' },
    });
  });
});
