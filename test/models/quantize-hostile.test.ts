/** `isochron models quantize` on models that it can't do, and on those that look as if it could. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { inspectFileOrName } from '../../src/models/inspect/inspect-file.js';
import { toInteger } from '../../src/models/quantize/integer.js';
import { memoryBlob } from '../../src/models/schema/blob.js';
import { operatorCodeOf } from '../../src/models/schema/enums.js';
import { complete } from '../../src/models/schema/spec.js';
import { MODEL, type Model } from '../../src/models/schema/tables.js';
import { isochron, scratch, shared } from '../cli/helpers.js';
import { engineMissing, modelBytes } from './engine.js';
import { ModelDrafter } from './model-drafter.js';
import { oneOperator } from './one-operator.js';

const missing = engineMissing();
const folder = scratch();
let runs = 0;

async function quantize(model: string | Model, precision: string, ...more: string[]) {
  let path = model as string;
  if (typeof model !== 'string') {
    path = join(folder, 'given.tflite');
    writeFileSync(path, modelBytes(model));
  }
  const output = join(folder, `out-${runs++}.tflite`);
  const args = ['models', 'quantize', path, '-o', output, '--precision', precision, ...more];
  return { ...(await isochron(args)), path, output };
}

/** Fails in one sentence about the user's file, and leaves nothing lying there. */
async function expectRefusal(model: string | Model, precision: string, what: RegExp) {
  const integer = ['int8', 'uint8'].includes(precision);
  const run = await quantize(model, precision, ...(integer ? ['--calibrate', 'random:3'] : []));
  expect(run.stderr).toMatch(what);
  expect(run.stderr).not.toMatch(/\n\s+at |unexpected error|isochron-model-/);
  expect(run.status).toBe(1);
  expect(existsSync(run.output)).toBe(false);
  return run;
}

/** y = conv(x) with int8 weights in a float graph, or with half-precision ones behind a DEQUANTIZE. */
function packed(type: 'INT8' | 'FLOAT16', scale: number[], unpackedShape = [2, 1, 1, 4]): Model {
  const model = complete(MODEL, {
    version: 3,
    operatorCodes: [
      { ...operatorCodeOf('CONV_2D'), version: type === 'INT8' ? 5 : 1 },
      { ...operatorCodeOf('DEQUANTIZE'), version: 3 },
    ],
    buffers: [
      {},
      { data: memoryBlob(new Uint8Array(type === 'INT8' ? 8 : 16).fill(60)) },
      { data: memoryBlob(new Uint8Array(8)) },
    ],
    subgraphs: [
      {
        inputs: [0],
        outputs: [2],
        tensors: [
          { name: 'x', shape: [1, 2, 2, 4] },
          {
            name: 'w',
            type,
            shape: [2, 1, 1, 4],
            buffer: 1,
            quantization: { scale, zeroPoint: scale.map(() => 0) },
          },
          { name: 'y', shape: [1, 2, 2, 2] },
          { name: 'unpacked', shape: unpackedShape },
          { name: 'bias', shape: [2], buffer: 2 },
        ],
        operators: [
          {
            opcodeIndex: 0,
            inputs: [0, type === 'INT8' ? 1 : 3, 4],
            outputs: [2],
            options: { type: 'Conv2DOptions', value: { strideW: 1, strideH: 1 } },
          },
        ],
      },
    ],
  });
  if (type === 'FLOAT16')
    model.subgraphs[0]?.operators.unshift(
      complete(MODEL.subgraphs.table.operators.table, {
        opcodeIndex: 1,
        inputs: [1],
        outputs: [3],
      }),
    );
  return model;
}

/** min(x, 1) of an x from -10 to 1990. */
function bounded(): Model {
  const m = new ModelDrafter();
  const shape = m.shapeOf(m.input);
  const [wide = -1] = m.operator('MUL', [m.input, m.floats([], [1000])], [shape], {
    type: 'MulOptions',
    value: {},
  });
  const [moved = -1] = m.operator('ADD', [wide, m.floats([], [990])], [shape], {
    type: 'AddOptions',
    value: {},
  });
  m.output(m.operator('MINIMUM', [moved, m.floats([], [1])], [shape])[0] as number);
  return m.finish();
}

describe.skipIf(missing)(`models quantize (${missing ?? 'with an engine'})`, () => {
  test('refuses int8 weights without scales, or with scales of 0', async () => {
    await expectRefusal(packed('INT8', []), 'fp16', /constant w has no scale/);
    await expectRefusal(packed('INT8', [0]), 'fp16', /constant w has a scale of 0/);
    expect((await quantize(packed('INT8', [0.5]), 'fp16')).status).toBe(0);
  });

  test('gives unpacked constants the shape of what was packed, whatever the file says', async () => {
    const { status, stderr, output } = await quantize(packed('FLOAT16', [], [14]), 'fp16');
    expect([status, stderr]).toEqual([0, '']);
    expect(inspectFileOrName(output).total.macs).toBe(4 * 2 * 4);
  });

  test('keeps a useful scale behind a bound that cuts most of the input off', async () => {
    const run = await quantize(bounded(), 'int8', '--calibrate', 'random:20', '--json');
    expect(run.stderr).toBe('');
    // The input's own steps are 8 wide; with them the bound itself would become 0, and leave about 0 dB.
    expect(JSON.parse(run.stdout).agreement.signalToNoiseDb).toBeGreaterThan(8);
  });

  test.each([
    ['a variable that is read before it is written', { shape: [2], isVariable: true }],
    ['an empty tensor that nothing writes', { shape: [0] }],
  ])('refuses %s', async (_, tensor) => {
    const m = bounded();
    const graph = m.subgraphs[0] as Model['subgraphs'][0];
    const place = graph.tensors.push(
      complete(MODEL.subgraphs.table.tensors.table, { name: 'nobodys', ...tensor }),
    );
    graph.outputs.push(place - 1);
    await expectRefusal(m, 'int8', /The range of nobodys is not known/);
    // and where somebody knows a range
    const ranges = new Map(graph.tensors.map((_, i) => [i, [-1, 1] as const]));
    expect(() => toInteger(m, { precision: 'int8', ranges })).toThrow(
      expect.objectContaining({ code: 'E_MODEL_UNSUPPORTED' }),
    );
  });

  test.each([
    ['ADD', { type: 'AddOptions', value: {} }],
    ['MINIMUM', null],
  ] as const)('refuses floats that %s is said to make 8-bit numbers of', async (type, options) => {
    const x = { type: 'FLOAT32', shape: [1, 4] } as const;
    const odd = oneOperator({
      type,
      inputs: [x, x],
      outputs: [{ type: 'UINT8', shape: [1, 4] }],
      options,
    });
    for (const precision of ['uint8', 'int8', 'fp16'])
      await expectRefusal(
        odd,
        precision,
        /stores t2 as uint8, although its operator (ADD|MINIMUM)/,
      );
  });

  test('leaves a cast to 8-bit numbers what it is', async () => {
    const cast = oneOperator({
      type: 'CAST',
      inputs: [{ type: 'FLOAT32', shape: [1, 4] }],
      outputs: [{ type: 'UINT8', shape: [1, 4] }],
    });
    expect((await quantize(cast, 'fp16')).status).toBe(0);
  });

  test('says which graph stands in the way, and of what kind it is', async () => {
    const one = packed('INT8', [0.5]);
    const graph = one.subgraphs[0] as Model['subgraphs'][0];
    const signature = (signatureKey: string, subgraphIndex: number) => ({
      signatureKey,
      subgraphIndex,
      deprecatedTag: null,
      inputs: [],
      outputs: [],
    });
    const two = {
      ...one,
      subgraphs: [graph, graph],
      signatureDefs: [signature('a', 0), signature('b', 1)],
    };
    await expectRefusal(two, 'fp16', /given\.tflite has 2 graphs.*graph 1 is signature "b"/);
  });
});

const odd = shared('models', 'odd');
const hostile = shared('review', 'hostile');
describe.skipIf(missing || !odd || !hostile)(
  'shared files (skipped without ISOCHRON_SHARED)',
  () => {
    const of = (name: string) => join(odd as string, `${name}.tflite`);
    const bad = (name: string) => join(hostile as string, `${name}.tflite`);

    test('are refused, each with its reason', async () => {
      await expectRefusal(of('nested_while'), 'fp16', /nested_while.* graph 2 is body of WHILE/);
      await expectRefusal(of('two_signatures'), 'int8', /graph 1 is signature "multiply"/);
      await expectRefusal(of('simple_squeeze'), 'int8', /odd\/simple_squeeze\.tflite/);
      await expectRefusal(of('simple_squeeze'), 'fp16', /odd\/simple_squeeze\.tflite in fp16/);
      await expectRefusal(bad('quantize-no-scales'), 'fp16', /has no scale/);
      await expectRefusal(bad('quantize-crash-metadata-buffer'), 'fp16', /damaged/);
      await expectRefusal(bad('inspect-hang-dequantize-cycle'), 'fp16', /damaged/);
      await expectRefusal(
        bad('inspect-custom-op-proto-names'),
        'dynamic',
        /custom operator __proto__/,
      );
    });

    test('quantize-fp16-wrong-success gives a model that can be read', async () => {
      const { status, output } = await quantize(bad('quantize-fp16-wrong-success'), 'fp16');
      expect(status).toBe(0);
      expect(inspectFileOrName(output).operators.length).toBeGreaterThan(0);
    });

    test('minimum keeps its values', async () => {
      const run = await quantize(of('minimum'), 'int8', '--calibrate', 'random:50', '--json');
      expect(JSON.parse(run.stdout).agreement.signalToNoiseDb).toBeGreaterThan(25);
    });
  },
);
