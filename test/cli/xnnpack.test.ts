/** What is said where XNNPACK, or the engine, would not have a model, and how much of a model XNNPACK took. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { engineMissing, modelBytes } from '../models/engine.js';
import { type OperatorChoice, oneOperator, type TensorChoice } from '../models/one-operator.js';
import { severalGraphs } from '../models/several-graphs.js';
import { isochron, json, NO_SHARED, scratch, shared } from './helpers.js';

const missing = engineMissing();
const floats: TensorChoice = { type: 'FLOAT32', shape: [1, 4] };

function file(name: string, operator: OperatorChoice): string {
  const path = join(scratch(), name);
  writeFileSync(path, modelBytes(oneOperator(operator)));
  return path;
}

const run = (model: string, ...more: string[]) =>
  isochron(['run', model, '-t', '3', '--events', 'none', '--quiet', ...more]);

describe.skipIf(missing)(`a model that can't be run (${missing ?? 'with the engine'})`, () => {
  const dynamic: OperatorChoice = {
    type: 'WHERE',
    inputs: [{ type: 'BOOL', shape: [1, 4] }],
    outputs: [{ type: 'INT64', shape: [1, 2] }],
  };

  test('with XNNPACK and can without it: XNNPACK is named, and the option', async () => {
    const model = file('dynamic.tflite', dynamic);
    const refused = await run(model, '--xnnpack');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/XNNPACK refused the model .*dynamic\.tflite/);
    expect(refused.stderr).toMatch(/--no-xnnpack/);
    expect(refused.stderr).not.toMatch(/--engine/);
    expect((await run(model, '--no-xnnpack')).status).toBe(0);
  });

  test('with XNNPACK nor without it: the engine’s words are about the model', async () => {
    const model = file('squeeze.tflite', {
      type: 'SQUEEZE',
      inputs: [floats],
      outputs: [floats],
      options: { type: 'SqueezeOptions', value: { squeezeDims: [1] } },
    });
    const { status, stderr } = await run(model, '--xnnpack');
    expect(status).toBe(1);
    expect(stderr).toMatch(/The engine can't allocate the tensors .*SQUEEZE/);
    expect(stderr).not.toMatch(/XNNPACK refused/);
  });

  test.each([
    ['edgetpu-custom-op', /compiled for the Coral Edge TPU/, /without _edgetpu/], // E_EDGETPU_MODEL
    ['FlexErf', /operator Erf of TensorFlow itself \(Select TF ops\)/, /without Select TF ops/], // E_FLEX_OP
    ['MyOwnOp', /custom operator MyOwnOp/, /--engine PATH/],
  ])('for want of %s: what that is, and what helps', async (type, what, helps) => {
    const model = file('custom.tflite', { type, inputs: [floats], outputs: [floats] });
    for (const xnnpack of ['--xnnpack', '--no-xnnpack']) {
      const { status, stderr } = await run(model, xnnpack);
      expect(status).toBe(1);
      expect(stderr).toMatch(what);
      expect(stderr).toMatch(helps);
      expect(stderr).not.toMatch(/--delegate/); // there is no such option
    }
  });

  test.each(['edgetpu-custom-op', 'FlexErf'])(
    'for want of %s: inspect says the same as run, without an engine',
    async (type) => {
      const model = file('custom.tflite', { type, inputs: [floats], outputs: [floats] });
      const { needs } = JSON.parse((await isochron(['models', 'inspect', model, '--json'])).stdout);
      expect(needs).toHaveLength(1);
      const { what, hint } = needs[0] as { what: string; hint: string };
      const inspected = await isochron(['models', 'inspect', model]);
      expect(inspected.status).toBe(0);
      expect(inspected.stdout).toContain(`├─ it ${what}. ${hint}\n`);
      const { stderr } = await run(model);
      expect(stderr).toContain(`The model ${model} ${what}, which this engine`);
      expect(stderr).toContain(hint);
    },
  );

  test('of an operator that nobody knows inspect says no more than its name', async () => {
    const model = file('custom.tflite', { type: 'MyOwnOp', inputs: [floats], outputs: [floats] });
    const report = JSON.parse((await isochron(['models', 'inspect', model, '--json'])).stdout);
    expect(report.needs).toEqual([]);
  });

  test('ends first-run at once, as it ends run', async () => {
    const model = file('custom.tflite', { type: 'MyOwnOp', inputs: [floats], outputs: [floats] });
    const once = await run(model);
    const first = await isochron(['first-run', model, '--quiet']);
    expect(first.stderr).toBe(once.stderr);
    expect(first.status).toBe(once.status);
  });

  test('with XNNPACK only: first-run explains the other half and says why', async () => {
    const model = file('dynamic.tflite', dynamic);
    const { status, stdout, stderr } = await isochron([
      'first-run',
      model,
      '--repetitions',
      '1',
      '--jobs',
      '3',
      '--json',
      '--quiet',
    ]);
    expect(stderr).toMatch(/^isochron: left out: XNNPACK on: XNNPACK refused the model/);
    const { folder, explanations } = JSON.parse(stdout);
    expect(folder).toBeNull();
    expect(explanations.map((e: { xnnpack: boolean }) => e.xnnpack)).toEqual([false]);
    expect(status).toBe(0);
  });
});

describe.skipIf(missing)(`graphs that no job runs (${missing ?? 'with the engine'})`, () => {
  const add: OperatorChoice = { type: 'ADD', inputs: [floats, floats], outputs: [floats] };
  const pow: OperatorChoice = { ...add, type: 'POW' }; // XNNPACK has no such operator

  async function ran(graphs: [string, OperatorChoice[]][]) {
    const folder = scratch();
    const model = join(folder, 'graphs.tflite');
    writeFileSync(model, modelBytes(severalGraphs(graphs)));
    const args = ['run', model, '--xnnpack', '-t', '3', '--events', 'none'];
    const { stdout } = await isochron([...args, '-o', join(folder, 'out.csv')]);
    const inspected = await isochron(['models', 'inspect', model, '--json']);
    const { verdict, ...report } = json(join(folder, 'out.json'));
    const codes = [...verdict.reasons, ...verdict.notes].map((r: { code: string }) => r.code);
    return {
      stdout,
      report,
      foretold: JSON.parse(inspected.stdout).total,
      said: codes.filter((code) => code.startsWith('xnnpack')),
    };
  }

  test.each([
    ['a further signature', 'main'],
    ['what the engine offers in the place of the main graph', 'VALIDATION:main'],
  ])('%s is taken, and nothing of a job: XNNPACK was not used', async (_, name) => {
    const { report, said, stdout, foretold } = await ran([
      [name, [pow]],
      ['other', [add]],
    ]);
    expect(report.workload.tflite.xnnpack.delegatedNodes).toBe(1);
    expect(report).toMatchObject({
      xnnpackApplied: 'no',
      xnnpackNodes: { taken: 0, total: 1, of: 'jobs' },
      xnnpackWork: null,
    });
    expect(said).toEqual(['xnnpack_unused']);
    expect(stdout).toMatch(/ 0\/1 /);
    expect(foretold).toMatchObject({ xnnpackOperators: 0, jobOperators: 1 });
  });

  test('further signatures are left, and all of a job is taken: there is nothing to say', async () => {
    const { report, said, stdout } = await ran([
      ['main', [add]],
      ['other', [pow]],
    ]);
    expect(report).toMatchObject({
      xnnpackApplied: 'delegate',
      xnnpackNodes: { taken: 1, total: 1, of: 'jobs' },
      xnnpackWork: null,
    });
    expect(said).toEqual([]);
    expect(stdout).not.toMatch(/xnnpack +jobs/);
  });
});

describe.skipIf(missing || !shared('models', 'odd'))(
  `a shared model (else skipped: ${NO_SHARED})`,
  () => {
    const odd = (name: string) => shared('models', 'odd', `${name}.tflite`) as string;

    test.each(['where', 'call_once_mul', 'sample_4x4x4x4x4'])(
      '%s: XNNPACK refuses it',
      async (name) => {
        const model = odd(name);
        expect((await run(model, '--xnnpack')).stderr).toMatch(/XNNPACK refused the model/);
        expect((await run(model)).status).toBe(0);
      },
    );

    test.each(['keyword_scrambled_8bit', 'blockwise_quantized'])(
      '%s: the engine crashes, which is one plain sentence',
      async (name) => {
        const model = odd(name);
        for (const xnnpack of ['--xnnpack', '--no-xnnpack']) {
          const { status, stderr } = await run(model, xnnpack);
          expect(status).toBe(1);
          expect(stderr).toMatch(
            /^isochron: The engine crashed \(SIG(SEGV|ABRT)\) over the model \S+ (during the run|while it was made ready)\.\n/,
          );
          expect(stderr.trim().split('\n')).toHaveLength(2);
        }
      },
    );

    test('that XNNPACK takes in part: the row, a note in work, and the figures in the JSON', async () => {
      const model = odd('blazeface_int8');
      const out = join(scratch(), 'part.csv');
      const args = ['run', model, '--xnnpack', '-t', '3', '--events', 'none', '-o', out];
      const { stdout } = await isochron(args);
      expect(stdout).toMatch(/xnnpack +jobs[^\n]*\n[^\n]* 70\/78 +3 /);
      expect(stdout).toMatch(
        /note: XNNPACK took 70 of 78 nodes, with .* % of the multiply-accumulates/,
      );
      const { workload, xnnpackWork, verdict } = json(out.replace('.csv', '.json'));
      expect(workload.tflite.xnnpack).toMatchObject({ delegatedNodes: 70, totalNodes: 78 });
      const taken = workload.tflite.xnnpack.taken[0] as string;
      const nodes = taken.split(',').reduce((sum, range) => {
        const [from, to] = range.split('-').map(Number) as [number, number?];
        return sum + (to ?? from) - from + 1;
      }, 0);
      expect(nodes).toBe(70);
      expect(xnnpackWork.by).toBe('macs');
      expect(xnnpackWork.taken / xnnpackWork.total).toBeGreaterThan(0.5);
      expect(verdict.notes.map((note: { code: string }) => note.code)).toContain('xnnpack_partly');
    });

    test('that has loops: inspect counts the graphs that the run counts', async () => {
      const model = odd('nested_while');
      const args = ['run', model, '--xnnpack', '-t', '3', '--events', 'none'];
      const { stdout } = await isochron(args);
      const [, taken, total] = /^nested_while xnnpack +(\d+)\/(\d+) /m.exec(stdout) ?? [];
      expect(Number(total)).toBeGreaterThan(1); // the main graph is one WHILE
      expect((await isochron(['models', 'inspect', model])).stdout).toContain(
        `XNNPACK would take ${taken} of ${total} operators, those of the graphs that they run included\n`,
      );
    });

    test('of which XNNPACK could make nothing: the reason has the engine’s own sentence', async () => {
      const model = shared('models', 'mobilenet_v1_0.25_128_uint8.tflite') as string;
      const { stdout } = await isochron(['run', model, '--xnnpack', '-t', '3', '--events', 'none']);
      expect(stdout).toMatch(
        /took no node of the model\. XNNPACK refused the model with its .*: failed to delegate CONV_2D/,
      );
      expect(stdout).toMatch(/0\/31/);
    });
  },
);
