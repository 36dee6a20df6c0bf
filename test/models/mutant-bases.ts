/** Small sound models of every kind that the reader tells apart, to be broken. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Network } from '../../src/models/graph/network.js';
import { toInteger } from '../../src/models/quantize/integer.js';
import { toDynamicRange, toFloat16 } from '../../src/models/quantize/weight-only.js';
import { littleEndian, memoryBlob } from '../../src/models/schema/blob.js';
import { operatorCodeOf } from '../../src/models/schema/enums.js';
import { complete } from '../../src/models/schema/spec.js';
import { MODEL, type Model } from '../../src/models/schema/tables.js';
import { modelBytes } from './engine.js';
import { ModelDrafter } from './model-drafter.js';
import type { Base } from './mutator.js';
import { SPARSE } from './one-operator.js';

export function builtBases(): Base[] {
  const float = network();
  const ranges = new Map((float.subgraphs[0]?.tensors ?? []).map((_, i) => [i, [-2, 3] as const]));
  const integer = (precision: 'int8' | 'uint8', io: 'integer' | 'float') =>
    toInteger(float, { precision, ranges, io });
  return Object.entries({
    float,
    fp16: toFloat16(float),
    dynamic: toDynamicRange(float),
    int8: integer('int8', 'integer'),
    uint8: integer('uint8', 'float'),
    plain: plain(),
    constants: constants(),
    calls: calls(),
    sparse: sparse(),
  }).map(([name, model]) => ({ name, bytes: modelBytes(model) }));
}

/** Convolutions, a pool, a residual connection, a matrix product. */
function network(): Model {
  const net = new Network(1);
  const input = net.input('input', [1, 8, 8, 2]);
  const first = net.conv(input, 4, 3, { stride: 2, activation: 'relu6' });
  const second = net.depthwise(first, 3, { activation: 'relu' });
  const sum = net.add(net.conv(second, 4, 1, {}), first, { activation: 'relu' });
  const pooled = net.globalAvgPool(
    net.concat([net.maxPool(sum, 2, { stride: 2 }), net.maxPool(sum, 2, { stride: 2 })]),
  );
  return net.finish(net.softmax(net.dense(pooled, 3)), 'to be broken').model;
}

/** s = x + c, y = -s, with a signature, metadata and a free batch. */
function plain(): Model {
  const tensor = (name: string, buffer = 0) => ({ name, shape: [1, 2], buffer });
  return complete(MODEL, {
    version: 3,
    description: 'to be broken',
    operatorCodes: ['ADD', 'NEG'].map(operatorCodeOf),
    buffers: [
      {},
      { data: littleEndian(Float32Array.of(1, 2)) },
      { data: memoryBlob(Buffer.from('1.5.0')) },
    ],
    metadata: [{ name: 'min_runtime_version', buffer: 2 }],
    metadataBuffer: [2],
    signatureDefs: [
      {
        signatureKey: 'serving_default',
        inputs: [{ name: 'in', tensorIndex: 0 }],
        outputs: [{ name: 'out', tensorIndex: 3 }],
      },
    ],
    subgraphs: [
      {
        name: 'main',
        inputs: [0],
        outputs: [3],
        tensors: [
          { ...tensor('x'), shapeSignature: [-1, 2] },
          tensor('c', 1),
          { ...tensor('s'), shapeSignature: [-1, 2] },
          { ...tensor('y'), shapeSignature: [-1, 2] },
        ],
        operators: [
          {
            opcodeIndex: 0,
            inputs: [0, 1],
            outputs: [2],
            options: { type: 'AddOptions', value: {} },
          },
          { opcodeIndex: 1, inputs: [2], outputs: [3], options: { type: 'NegOptions', value: {} } },
        ],
      },
    ],
  });
}

/** Operators whose constants are shapes, axes and places. */
function constants(): Model {
  const m = new ModelDrafter();
  const [turned = -1] = m.operator(
    'TRANSPOSE',
    [m.input, m.integers([0, 3, 1, 2])],
    [[1, 8, 4, 4]],
  );
  const [flat = -1] = m.operator('RESHAPE', [turned, m.integers([8, 16])], [[8, 16]]);
  const [cut = -1] = m.operator(
    'STRIDED_SLICE',
    [flat, m.integers([0, 0]), m.integers([8, 16]), m.integers([2, 2])],
    [[4, 8]],
    { type: 'StridedSliceOptions', value: {} },
  );
  const [padded = -1] = m.operator('PAD', [cut, m.integers([1, 1, 0, 0], [2, 2])], [[6, 8]]);
  const [picked = -1] = m.operator('GATHER', [padded, m.integers([0, 2])], [[2, 8]], {
    type: 'GatherOptions',
    value: { axis: 0 },
  });
  const [mean = -1] = m.operator('MEAN', [picked, m.integers([1])], [[2, 1]], {
    type: 'ReducerOptions',
    value: { keepDims: true },
  });
  m.output(mean);
  return m.finish();
}

type Graph = NonNullable<Parameters<typeof complete<typeof MODEL>>[1]['subgraphs']>[number];

/** A branch in a loop: while (x < 10) x = x > 5 ? x + x : x × x. */
function calls(): Model {
  const scalar = (name: string, buffer = 0) => ({ name, shape: [1], buffer });
  const truth = (name: string) => ({ name, shape: [1], type: 'BOOL' as const });
  const compare = (opcodeIndex: number, buffer: number, name: string): Graph => ({
    name,
    inputs: [0],
    outputs: [2],
    tensors: [scalar('x'), scalar('bound', buffer), truth('holds')],
    operators: [{ opcodeIndex, inputs: [0, 1], outputs: [2] }],
  });
  const twice = (opcodeIndex: number, name: string): Graph => ({
    name,
    inputs: [0],
    outputs: [1],
    tensors: [scalar('x'), scalar('y')],
    operators: [{ opcodeIndex, inputs: [0, 0], outputs: [1] }],
  });
  return complete(MODEL, {
    version: 3,
    operatorCodes: ['WHILE', 'IF', 'LESS', 'GREATER', 'ADD', 'MUL'].map(operatorCodeOf),
    buffers: [
      {},
      { data: littleEndian(Float32Array.of(10)) },
      { data: littleEndian(Float32Array.of(5)) },
    ],
    signatureDefs: [
      {
        signatureKey: 'loop',
        inputs: [{ name: 'x', tensorIndex: 0 }],
        outputs: [{ name: 'y', tensorIndex: 1 }],
      },
    ],
    subgraphs: [
      {
        ...twice(0, 'main'),
        operators: [
          {
            opcodeIndex: 0,
            inputs: [0],
            outputs: [1],
            options: {
              type: 'WhileOptions',
              value: { condSubgraphIndex: 1, bodySubgraphIndex: 2 },
            },
          },
        ],
      },
      compare(2, 1, 'condition'),
      {
        name: 'body',
        inputs: [0],
        outputs: [3],
        tensors: [scalar('x'), scalar('five', 2), truth('larger'), scalar('y')],
        operators: [
          { opcodeIndex: 3, inputs: [0, 1], outputs: [2] },
          {
            opcodeIndex: 1,
            inputs: [2, 0],
            outputs: [3],
            options: { type: 'IfOptions', value: { thenSubgraphIndex: 3, elseSubgraphIndex: 4 } },
          },
        ],
      },
      twice(4, 'add'),
      twice(5, 'multiply'),
    ],
  });
}

/** y = W x, of W only the values that are no zeros: [[1, 0, 2, 0], [0, 3, 0, 0]]. */
function sparse(): Model {
  return complete(MODEL, {
    version: 3,
    operatorCodes: ['DENSIFY', 'FULLY_CONNECTED'].map(operatorCodeOf),
    buffers: [{}, { data: littleEndian(Float32Array.of(1, 2, 3)) }],
    subgraphs: [
      {
        inputs: [0],
        outputs: [3],
        tensors: [
          { name: 'x', shape: [1, 4] },
          {
            name: 'sparse',
            shape: [2, 4],
            buffer: 1,
            sparsity: SPARSE,
          },
          { name: 'dense', shape: [2, 4] },
          { name: 'y', shape: [1, 2] },
        ],
        operators: [
          { opcodeIndex: 0, inputs: [1], outputs: [2] },
          {
            opcodeIndex: 1,
            inputs: [0, 2, -1],
            outputs: [3],
            options: { type: 'FullyConnectedOptions', value: {} },
          },
        ],
      },
    ],
  });
}

/** Small public files, where they are at hand. */
export function sharedBases(): Base[] {
  const root = process.env.ISOCHRON_SHARED;
  if (!root) return [];
  return PUBLIC.map((name) => join(root, 'models', 'odd', `${name}.tflite`))
    .filter((path) => existsSync(path))
    .map((path) => ({ name: basename(path, '.tflite'), bytes: readFileSync(path) }));
}
const PUBLIC =
  'call_once_mul minimum nested_while permute_uint8 sample_4x4x4x4x4 split.float32 two_signatures where'.split(
    ' ',
  );
