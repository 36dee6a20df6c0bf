import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it as test } from 'vitest';
import { IsochronError } from '../../src/kernel/errors.js';
import { GraphView } from '../../src/models/inspect/graph-view.js';
import { floats } from '../../src/models/quantize/weights.js';
import { parseModel, readModel } from '../../src/models/read-model.js';
import { littleEndian, memoryBlob } from '../../src/models/schema/blob.js';
import { operatorCodeOf } from '../../src/models/schema/enums.js';
import { complete } from '../../src/models/schema/spec.js';
import { MODEL, type Model } from '../../src/models/schema/tables.js';
import { shared } from '../cli/helpers.js';
import { modelBytes } from './engine.js';

const folder = mkdtempSync(join(tmpdir(), 'isochron-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** s = x + c, y = -s; z is used by nobody. */
function small(): Model {
  const tensor = (name: string, buffer = 0) => ({ name, shape: [2], buffer });
  return complete(MODEL, {
    version: 3,
    operatorCodes: ['ADD', 'NEG', 'WHILE', 'DEQUANTIZE'].map(operatorCodeOf),
    buffers: [{}, { data: littleEndian(Float32Array.of(1, 2)) }],
    subgraphs: [
      {
        name: 'main',
        inputs: [0],
        outputs: [3],
        tensors: [tensor('x'), tensor('c', 1), tensor('s'), tensor('y'), tensor('z')],
        operators: [
          { opcodeIndex: 0, inputs: [0, 1], outputs: [2] },
          { opcodeIndex: 1, inputs: [2], outputs: [3] },
        ],
      },
    ],
  });
}

type Graph = Model['subgraphs'][0];
const quantized = (scale: number[], zeroPoint: number[], quantizedDimension = 0) =>
  complete(MODEL.subgraphs.table.tensors.table.quantization.table, {
    scale,
    zeroPoint,
    quantizedDimension,
  });

const SPARSITY = MODEL.subgraphs.table.tensors.table.sparsity.table;
const sparsity = (
  dimMetadata: NonNullable<Parameters<typeof complete<typeof SPARSITY>>[1]['dimMetadata']>,
) => complete(SPARSITY, { traversalOrder: [0], dimMetadata });

/** What reading says of the small model after a change: the message without its frame, or null. */
function complaint(change: (graph: Graph, model: Model) => void): string | null {
  const model = small();
  change(model.subgraphs[0] as Graph, model);
  try {
    parseModel(modelBytes(model), 'm.tflite');
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(IsochronError);
    const { code, message } = error as IsochronError;
    expect(code).toBe('E_MODEL_CORRUPT');
    return message.replace('The model file m.tflite is damaged: ', '');
  }
}

const op = (graph: Graph, i: number) => graph.operators[i] as Graph['operators'][0];
const tensor = (graph: Graph, i: number) => graph.tensors[i] as Graph['tensors'][0];
const OPERATOR = MODEL.subgraphs.table.operators.table;
const whileOp = (body: number) => (graph: Graph, model: Model) => {
  model.subgraphs.push({ ...graph, operators: [...graph.operators] });
  const loop = complete(OPERATOR, {
    opcodeIndex: 2,
    inputs: [0],
    outputs: [3],
    options: { type: 'WhileOptions', value: { condSubgraphIndex: 1, bodySubgraphIndex: body } },
  });
  model.subgraphs[1]?.operators.push(loop);
};

describe('a graph is checked once, on reading', () => {
  test.each<[string, (graph: Graph, model: Model) => void, string]>([
    [
      'reads what is written later',
      (g) => g.operators.reverse(),
      'operator 0 (NEG) reads s before',
    ],
    ['reads in a circle', (g) => (op(g, 0).inputs = [0, 3]), 'operator 0 (ADD) reads y before'],
    ['reads what nobody writes', (g) => (op(g, 1).inputs = [4]), 'operator 1 (NEG) reads z before'],
    ['writes to a constant', (g) => (op(g, 1).outputs = [1]), 'writes to c, a constant'],
    ['writes what it reads', (g) => (op(g, 1).outputs = [2]), '(NEG) reads and writes s'],
    [
      'has no tensors',
      (g) => Object.assign(g, { tensors: [], operators: [], inputs: [], outputs: [] }),
      'it has no tensors',
    ],
    ['has an output that nobody writes', (g) => (g.outputs = [4]), 'nothing writes z, an output'],
    ['takes a constant as an input', (g) => (g.inputs = [0, 1]), 'c is an input and a constant'],
    ['has no input', (g) => (op(g, 1).inputs = []), 'has 0 of the 1 inputs that it needs'],
    ['leaves out what it needs', (g) => (op(g, 0).inputs = [0, -1]), 'has 1 of the 2 inputs'],
    ['has no output', (g) => (op(g, 0).outputs = []), 'operator 0 (ADD) has no output'],
    ['refers to a buffer beyond', (g) => (tensor(g, 4).buffer = 9), 'z refers to buffer 9'],
    [
      'has a signature beyond its tensors',
      (_, m) => {
        m.signatureDefs = complete(MODEL, {
          signatureDefs: [{ signatureKey: 'a', inputs: [{ tensorIndex: 5 }] }],
        }).signatureDefs;
      },
      'a signature refers to tensor 5',
    ],
    [
      'has a signature without a name',
      (_, m) => {
        m.signatureDefs = complete(MODEL, { signatureDefs: [{}] }).signatureDefs;
      },
      'a signature has no name',
    ],
    [
      'has a variable with a value',
      (g) => (tensor(g, 1).isVariable = true),
      'c is a variable and a constant',
    ],
    [
      'is sparse in no way',
      (g) => (tensor(g, 1).sparsity = sparsity([])),
      'c is sparse and does not say how',
    ],
    [
      'lists no places of a sparse dimension',
      (g) => (tensor(g, 1).sparsity = sparsity([{ format: 'SPARSE_CSR' }])),
      'c has a sparse dimension that leads nowhere',
    ],
    [
      'leads beyond the places of a sparse dimension',
      (g) =>
        (tensor(g, 1).sparsity = sparsity([
          {
            format: 'SPARSE_CSR',
            arraySegments: { type: 'Uint8Vector', value: { values: [0, 3] } },
            arrayIndices: { type: 'Uint8Vector', value: { values: [0, 1] } },
          },
        ])),
      'c has a sparse dimension that leads nowhere',
    ],
    [
      'lists intermediates beyond its tensors',
      (g) => (op(g, 0).intermediates = [5]),
      'operator 0, in its intermediates, refers to tensor 5',
    ],
    [
      'lists metadata beyond its buffers',
      (_, m) => m.metadataBuffer.push(7),
      'the list of metadata refers to buffer 7',
    ],
    ['calls a graph that is not there', whileOp(7), 'an operator refers to graph 7'],
    [
      'hands nothing on to a graph',
      (g, m) => {
        whileOp(2)(g, m);
        Object.assign(m.subgraphs[1]?.operators.at(-1) as object, { inputs: [-1] });
      },
      'operator 2 of graph 1 (WHILE) uses an input that is left out',
    ],
    ['calls itself', whileOp(1), 'its graphs call one another in a circle'],
    // The engine takes missing indices for 0, and follows them until its stack ends.
    [
      'does not say what it calls',
      (g) => g.operators.push(complete(OPERATOR, { opcodeIndex: 2, inputs: [0], outputs: [4] })),
      'its graphs call one another in a circle',
    ],
    [
      'holds more than any memory',
      (g) => (tensor(g, 4).shape = [2 ** 30, 2 ** 30]),
      'z asks for more memory',
    ],
    [
      'has dimensions that overflow',
      (g) => (tensor(g, 4).shape = Array(40).fill(2 ** 30)),
      'z asks for more memory',
    ],
    [
      'has a constant without a shape',
      (g) => (tensor(g, 1).shape = [-1]),
      'c is a constant without a fixed shape',
    ],
    [
      'has more scales than places',
      (g) => (tensor(g, 2).quantization = quantized([1, 1, 1], [0, 0, 0])),
      's has 3 scales for 2 places',
    ],
    [
      'is quantized along no dimension',
      (g) => (tensor(g, 2).quantization = quantized([1], [0], 5)),
      'along dimension 5 and has 1',
    ],
    [
      'has zero points for others',
      (g) => (tensor(g, 2).quantization = quantized([1, 1], [0])),
      's has 2 scales and 1 zero points',
    ],
    [
      'has a scale that is no number',
      (g) => {
        tensor(g, 4).type = 'INT8';
        tensor(g, 4).quantization = quantized([Number.NaN], [0]);
      },
      'z has a scale that is negative or no number',
    ],
  ])('%s: damaged', (_, change, message) => {
    expect(complaint(change)).toContain(message);
  });

  test.each<[string, (graph: Graph, model: Model) => void]>([
    ['nothing is changed', () => {}],
    ['a constant or an input is an output', (g) => (g.outputs = [1, 0, 3])],
    ['a tensor is written twice', (g) => g.operators.push({ ...op(g, 1), inputs: [0] })],
    [
      'a variable is read before it is written',
      (g) => {
        tensor(g, 4).isVariable = true;
        op(g, 1).inputs = [4];
      },
    ],
    [
      'an operator has the options of another kind',
      (g) => Object.assign(op(g, 1), { options: { type: 'CallOnceOptions', value: {} } }),
    ],
    [
      'what is read is empty',
      (g) => {
        tensor(g, 4).shape = [0];
        op(g, 1).inputs = [4];
      },
    ],
    [
      'buffer 0 holds something',
      (_, m) => (m.buffers[0] = { data: memoryBlob(Uint8Array.of(1)), offset: 0, size: 0 }),
    ],
    [
      'scales of a float are no numbers',
      (g) => (tensor(g, 2).quantization = quantized([Number.NaN], [0])),
    ],
    [
      'a float has a scale for each place',
      (g) => (tensor(g, 2).quantization = quantized([1, 1], [0, 0])),
    ],
  ])('%s: read, as the engine runs it', (_, change) => {
    expect(complaint(change)).toBeNull();
  });

  test('names control characters of names as such', () => {
    expect(
      complaint((g) => {
        tensor(g, 4).name = 'z\u001b[2J';
        op(g, 1).inputs = [4];
      }),
    ).toContain('reads z\\x1b[2J before');
  });

  test('finds no constant, and an end, behind tensors that are unpacked from one another', () => {
    const model = small();
    const graph = model.subgraphs[0] as Graph;
    // s = c, y = s, s = y
    graph.operators = [
      [1, 2],
      [2, 3],
      [3, 2],
    ].map(([from, to]) => ({
      ...op(graph, 1),
      opcodeIndex: 3,
      inputs: [from as number],
      outputs: [to as number],
    }));
    const view = new GraphView(parseModel(modelBytes(model)));
    expect([2, 3].map((t) => view.storedConstant(t))).toEqual([null, null]);
  });
});

/** Where a field of the root lies; after a field that is a vector of tables comes an index, after one that is a table not. */
function place(bytes: Buffer, ...path: number[]): number {
  const follow = (at: number) => at + bytes.readUInt32LE(at);
  const field = (table: number, slot: number) =>
    table + bytes.readUInt16LE(table - bytes.readInt32LE(table) + 4 + 2 * slot);
  const [graphs = 0, graph = 0, tensors = 0, tensor, ...rest] = path;
  let at = field(follow(0), graphs);
  at = field(follow(follow(at) + 4 + 4 * graph), tensors);
  if (tensor === undefined) return at;
  at = follow(at) + 4 + 4 * tensor;
  for (const slot of rest) at = field(follow(at), slot);
  return at;
}

describe('reading a FlatBuffer', () => {
  test('takes vectors that are misaligned, as the engine does', () => {
    const bytes = modelBytes(
      complete(MODEL, {
        version: 3,
        subgraphs: [
          { tensors: [{ shape: [2], quantization: { scale: [1, 2], zeroPoint: [3, 4] } }] },
        ],
      }),
    );
    // The zero points move behind the rest.
    const slot = place(bytes, 2, 0, 0, 0, 4, 3);
    const at = bytes.readUInt32LE(slot) + slot;
    const target = Math.ceil(bytes.length / 8) * 8; // length at 0 mod 8, so the numbers at 4 mod 8
    const moved = Buffer.concat([bytes, Buffer.alloc(target + 24 - bytes.length)]);
    bytes.copy(moved, target, at, at + 20);
    moved.writeUInt32LE(target - slot, slot);
    const path = join(folder, 'misaligned.tflite');
    writeFileSync(path, moved);
    for (const model of [parseModel(moved), readModel(path)])
      expect(model.subgraphs[0]?.tensors[0]?.quantization?.zeroPoint).toEqual([3, 4]);
  });

  test.each<[string, (bytes: Buffer) => number, string]>([
    [
      'a text without its end',
      (bytes) => bytes.indexOf('main\0') + 4,
      'does not end where it should',
    ],
    ['tables that are misaligned', (bytes) => 0 * bytes.length, 'should stand at a multiple of 4'],
  ])('refuses %s, as the engine does', (_, at, message) => {
    const bytes = modelBytes(small());
    const place = at(bytes);
    bytes[place] = (bytes[place] as number) + 1;
    expect(() => parseModel(bytes)).toThrow(message);
  });

  test('takes constants of a Buffer whose data are misaligned', async () => {
    const bytes = modelBytes(small());
    const shifted = Buffer.concat([Buffer.alloc(1), bytes]).subarray(1);
    expect(shifted.byteOffset % 4).not.toBe(0);
    const data = parseModel(shifted).buffers[1]?.data;
    expect([...floats([...(data?.chunks() ?? [])][0] as Uint8Array)]).toEqual([1, 2]);
  });

  test('takes memory in proportion to the file: a million references to one tensor are refused at once', () => {
    const bytes = modelBytes(
      complete(MODEL, { version: 3, subgraphs: [{ tensors: [{ shape: [1] }, {}, {}, {}, {}] }] }),
    );
    const slot = place(bytes, 2, 0, 0);
    const follow = (at: number) => at + bytes.readUInt32LE(at);
    const first = follow(follow(slot) + 4);
    const count = 1_000_000;
    const start = Math.ceil(bytes.length / 4) * 4;
    // Offsets only lead forward, so the one tensor is copied behind the vector.
    const table = Buffer.alloc(64);
    const vtable = first - bytes.readInt32LE(first);
    const size = bytes.readUInt16LE(vtable);
    bytes.copy(table, 0, vtable, vtable + size);
    table.fill(0, 4, size); // every field absent
    const at = start + 4 + 4 * count;
    table.writeInt32LE(32, 32); // its table of fields stands 32 bytes before it
    const large = Buffer.alloc(at + 64);
    bytes.copy(large);
    large.writeUInt32LE(start - slot, slot);
    large.writeUInt32LE(count, start);
    table.copy(large, at);
    for (let i = 0; i < count; i++) {
      const from = start + 4 + 4 * i;
      large.writeUInt32LE(at + 32 - from, from);
    }
    expect(() => parseModel(large)).toThrow(/without end/);
  });
});

describe('what is no model is named', () => {
  test.each([
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
      'a Git LFS pointer',
      'git lfs pull',
    ],
    ['\n<!DOCTYPE html>\n<html lang="en">', 'a web page', 'raw'],
    ['<html><head><title>404', 'a web page', 'raw'],
  ])('%j', (content, what, hint) => {
    const path = join(folder, 'saved.tflite');
    writeFileSync(path, content);
    let error: unknown;
    try {
      readModel(path);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'E_MODEL_FORMAT' });
    expect((error as IsochronError).message).toContain(`${path} is ${what}`);
    expect((error as IsochronError).hint).toContain(hint);
  });
});

const hostile = shared('review', 'hostile');
const odd = shared('models', 'odd');
describe.skipIf(!hostile || !odd)('shared files (skipped without ISOCHRON_SHARED)', () => {
  test.each([
    ['inspect-hang-dequantize-cycle', /reads .* before it is written/],
    ['inspect-crash-dequantize-no-input', /has 0 of the 1 inputs/],
    ['quantize-crash-metadata-buffer', /metadata.* refers to buffer/],
  ])('%s is damaged, at once', (name, message) => {
    const read = () => readModel(join(hostile as string, `${name}.tflite`));
    expect(read).toThrow(IsochronError);
    expect(read).toThrow(message);
  });

  test.each([
    'blazeface_int8',
    'blockwise_quantized',
    'call_once_mul',
    'keyword_scrambled_8bit',
    'minimum',
    'nested_while',
    'permute_uint8',
    'sample_4x4x4x4x4',
    'simple_floor_mod',
    'simple_squeeze',
    'split.float32',
    'trained_lstm',
    'two_signatures',
    'where',
  ])('%s is read', (name) => {
    expect(readModel(join(odd as string, `${name}.tflite`)).subgraphs.length).toBeGreaterThan(0);
  });

  test('lfs_pointer is named', () => {
    expect(() => readModel(join(odd as string, 'lfs_pointer.tflite'))).toThrow(/Git LFS pointer/);
  });
});
