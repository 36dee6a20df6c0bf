import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it as test } from 'vitest';
import { IsochronError } from '../../src/kernel/errors.js';
import { Network } from '../../src/models/graph/network.js';
import { encodeModel, parseModel, readModel } from '../../src/models/read-model.js';
import { blobBytes, memoryBlob } from '../../src/models/schema/blob.js';
import { complete } from '../../src/models/schema/spec.js';
import { MODEL, type Model } from '../../src/models/schema/tables.js';
import { requireRunnableInputs, verifyModel } from '../../src/models/verify.js';

const folder = mkdtempSync(join(tmpdir(), 'isochron-models-'));
afterAll(() => rmSync(folder, { recursive: true }));

function smallModel(): Model {
  const net = new Network(7);
  let x = net.input('input', [1, 8, 8, 3]);
  x = net.conv(x, 4, 3, { stride: 2, activation: 'relu6' });
  x = net.depthwise(x, 3, { activation: 'hard_swish' });
  x = net.add(x, net.batchNorm(x, { activation: 'relu' }));
  x = net.dense(net.globalAvgPool(x), 5);
  return net.finish(net.softmax(x), 'small').model;
}

function bytesOf(model: Model): Uint8Array {
  const file = encodeModel(model);
  const bytes = new Uint8Array(file.byteLength);
  let at = 0;
  for (const chunk of file.chunks()) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  expect(at).toBe(file.byteLength);
  return bytes;
}

/** Blobs by their content, so that models can be compared. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('chunks' in value)
    return Buffer.from(blobBytes(value as Parameters<typeof blobBytes>[0])).toString('base64');
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, plain(v)]));
}

function errorOf(action: () => unknown): IsochronError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(IsochronError);
    return error as IsochronError;
  }
  throw new Error('no error was thrown');
}

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('reading and writing', () => {
  test('reads back what it wrote, from memory and from a file', () => {
    const model = smallModel();
    const bytes = bytesOf(model);
    expect(plain(parseModel(bytes))).toEqual(plain(model));
    expect(plain(readModel(file('small.tflite', bytes)))).toEqual(plain(model));
  });

  test('keeps every kind of field', () => {
    const model = complete(MODEL, {
      version: 3,
      operatorCodes: [
        { deprecatedBuiltinCode: 32, builtinCode: 32, customCode: 'Ünïcode', version: 4 },
      ],
      description: '',
      buffers: [{}, { data: memoryBlob(Uint8Array.of(1, 2, 3)) }],
      metadata: [{ name: 'note', buffer: 1 }],
      subgraphs: [
        {
          name: 'main',
          inputs: [0],
          outputs: [2],
          tensors: [
            { name: 'a', shape: [1, 3], shapeSignature: [-1, 3], type: 'INT8', hasRank: true },
            {
              name: 'b',
              shape: [1, 2],
              type: 'UINT8',
              buffer: 1,
              quantization: { scale: [0.5, 0.25], zeroPoint: [-3, 7], quantizedDimension: 1 },
              sparsity: {
                traversalOrder: [0],
                dimMetadata: [
                  {
                    format: 'SPARSE_CSR',
                    arraySegments: { type: 'Uint16Vector', value: { values: [0, 1] } },
                    arrayIndices: { type: 'Uint16Vector', value: { values: [65535] } },
                  },
                ],
              },
            },
            { name: 'c', shape: [] },
          ],
          operators: [
            {
              inputs: [0, -1, 1],
              outputs: [2],
              options: { type: 'LeakyReluOptions', value: { alpha: 0.125 } },
              customOptions: memoryBlob(Uint8Array.of(9)),
              mutatingVariableInputs: [0, 1],
            },
          ],
        },
      ],
      signatureDefs: [{ signatureKey: 'serving_default', inputs: [{ name: 'x', tensorIndex: 1 }] }],
    });
    expect(plain(parseModel(bytesOf(model)))).toEqual(plain(model));
  });

  test('finds data that lie behind the FlatBuffer, as in files beyond 2 GB', () => {
    const data = Uint8Array.of(5, 6, 7, 8);
    const build = (offset: number) =>
      bytesOf(
        complete(MODEL, {
          version: 3,
          buffers: [{}, { offset, size: 4 }],
          subgraphs: [{ tensors: [{ shape: [4], type: 'UINT8', buffer: 1 }] }],
        }),
      );
    const head = build(build(1000).length);
    const whole = new Uint8Array([...head, ...data]);
    const found = parseModel(whole).buffers[1]?.data;
    expect(found && blobBytes(found)).toEqual(data);
    const fromFile = readModel(file('behind.tflite', whole)).buffers[1]?.data;
    expect(fromFile && blobBytes(fromFile)).toEqual(data);
    expect(errorOf(() => parseModel(head)).code).toBe('E_MODEL_TRUNCATED');
    expect(errorOf(() => parseModel(build(2 ** 40))).code).toBe('E_MODEL_TRUNCATED');
  });

  test('aligns every buffer to 16 bytes of the file', () => {
    const model = smallModel();
    const bytes = Buffer.from(bytesOf(model));
    for (const { data } of model.buffers) {
      if (!data || data.byteLength < 16) continue;
      const at = bytes.indexOf(blobBytes(data));
      expect(at).toBeGreaterThan(0);
      expect(at % 16).toBe(0);
    }
  });
});

describe('files that are no models', () => {
  test('are told apart, each in one sentence', () => {
    const good = bytesOf(smallModel());
    mkdirSync(join(folder, 'folder.tflite'));
    const cases: [string, string][] = [
      [join(folder, 'nothing.tflite'), 'E_MODEL_MISSING'],
      [join(folder, 'folder.tflite'), 'E_MODEL_DIRECTORY'],
      ['/dev/null', 'E_MODEL_UNREADABLE'],
      [file('empty.tflite', ''), 'E_MODEL_EMPTY'],
      [file('text.tflite', 'this is not a model at all'), 'E_MODEL_FORMAT'],
      [file('short.tflite', good.subarray(0, 5)), 'E_MODEL_TRUNCATED'],
      [file('half.tflite', good.subarray(0, good.length / 2)), 'E_MODEL_TRUNCATED'],
    ];
    for (const [path, code] of cases) {
      const error = errorOf(() => verifyModel(path));
      expect(error.code, path).toBe(code);
      expect(error.message).toContain(path);
      expect(error.message).not.toContain('\n');
    }
  });

  test('are refused at every length that a good file can be cut to', () => {
    const good = bytesOf(smallModel());
    for (let length = 0; length < good.length; length += 7) {
      const { code } = errorOf(() => parseModel(good.slice(0, length)));
      expect(['E_MODEL_TRUNCATED', 'E_MODEL_CORRUPT']).toContain(code);
    }
  });

  test('never crash the reader or hold it up, whatever is overwritten', () => {
    const good = bytesOf(smallModel());
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat({ max: good.length - 1 }),
            fc.oneof(fc.nat(255), fc.constantFrom(0, 255)),
          ),
          { minLength: 1, maxLength: 12 },
        ),
        (changes) => {
          const bytes = good.slice();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            parseModel(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(IsochronError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('end when tables share one another beyond measure', () => {
    // A thousand references to one graph, with a thousand references to one tensor, with a thousand dimensions: read
    // naively, a file of 50 kB would become gigabytes.
    const many = 1000;
    const long = { shape: Array.from({ length: many }, () => 1) };
    const bytes = bytesOf(
      complete(MODEL, {
        version: 3,
        subgraphs: [
          { tensors: [long, ...Array.from({ length: many }, () => ({}))] },
          ...Array.from({ length: many }, () => ({})),
        ],
        buffers: [{}],
      }),
    );
    const view = new DataView(bytes.buffer);
    const follow = (at: number) => at + view.getUint32(at, true);
    const field = (table: number, slot: number) =>
      follow(table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * slot, true));
    const allToFirst = (vector: number) => {
      const first = follow(vector + 4);
      for (let i = 0; i < view.getUint32(vector, true); i++)
        view.setUint32(vector + 4 + 4 * i, first - (vector + 4 + 4 * i), true);
      return first;
    };
    allToFirst(field(allToFirst(field(follow(0), 2)), 0));
    const error = errorOf(() => parseModel(bytes));
    expect(error.message).toContain('without end');
  });

  test('include those with options of an unknown kind, or of none, that lie beyond the end', () => {
    const good = bytesOf(smallModel());
    const view = new DataView(good.buffer);
    const follow = (at: number) => at + view.getUint32(at, true);
    const place = (table: number, slot: number) =>
      table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * slot, true);
    const [graphs, operators, kind, options] = [2, 3, 3, 4];
    const graph = follow(follow(place(follow(0), graphs)) + 4);
    const list = follow(place(graph, operators));
    const operator = follow(list + 4 * view.getUint32(list, true)); // the last one, a softmax
    for (const number of [0, 250]) {
      view.setUint8(place(operator, kind), number);
      parseModel(good);
    }
    view.setUint32(place(operator, options), 2 ** 27, true);
    for (const number of [0, 250]) {
      view.setUint8(place(operator, kind), number);
      expect(errorOf(() => parseModel(good)).code).toBe('E_MODEL_TRUNCATED');
    }
  });

  test('include those whose constants do not fit their shapes, or whose parts refer to nothing', () => {
    const damage: ((model: Model) => void)[] = [
      (m) => (m.subgraphs[0] as Model['subgraphs'][0]).inputs.push(1000),
      (m) => {
        const tensor = m.subgraphs[0]?.tensors.find((t) => t.buffer > 0);
        if (tensor) tensor.shape = [1, 2, 3];
      },
      (m) => {
        const operator = m.subgraphs[0]?.operators[0];
        if (operator) operator.opcodeIndex = 99;
      },
      (m) => {
        m.version = 2;
      },
      (m) => {
        m.subgraphs = [];
      },
    ];
    for (const hurt of damage) {
      const model = smallModel();
      hurt(model);
      expect(errorOf(() => parseModel(bytesOf(model))).code).toBe('E_MODEL_CORRUPT');
    }
  });
});

describe('facts of a model', () => {
  test('name inputs, outputs and operators', () => {
    const path = file('facts.tflite', bytesOf(smallModel()));
    const facts = verifyModel(path);
    expect(facts.inputs).toEqual([
      {
        name: 'input',
        type: 'float32',
        shape: [1, 8, 8, 3],
        shapeSignature: null,
        dynamic: false,
        quantization: null,
      },
    ]);
    expect(facts.outputs.map((o) => o.shape)).toEqual([[1, 5]]);
    expect(facts.operators.map((o) => o.name)).toContain('HARD_SWISH');
    expect(() => requireRunnableInputs(facts)).not.toThrow();
  });

  test('say which inputs cannot be filled', () => {
    const facts = verifyModel(file('facts2.tflite', bytesOf(smallModel())));
    const input = facts.inputs[0] as (typeof facts.inputs)[0];
    const refusal = (change: Partial<typeof input>) =>
      errorOf(() => requireRunnableInputs({ ...facts, inputs: [{ ...input, ...change }] })).code;
    expect(refusal({ type: 'string' })).toBe('E_MODEL_STRING_INPUT');
    expect(refusal({ shape: [1, -1, 8, 3] })).toBe('E_MODEL_DYNAMIC_INPUT');
    expect(refusal({ shape: [1, 1, 1, 3], shapeSignature: [1, -1, -1, 3] })).toBe(
      'E_MODEL_DYNAMIC_INPUT',
    );
    expect(() =>
      requireRunnableInputs({
        ...facts,
        inputs: [{ ...input, shapeSignature: [-1, 8, 8, 3], dynamic: true }],
      }),
    ).not.toThrow();
  });
});

const shared = process.env.ISOCHRON_SHARED;
describe.skipIf(!shared)('real models (skipped without ISOCHRON_SHARED)', () => {
  const models = shared ? join(shared, 'models') : '';
  test('are read whole, and written again say the same', () => {
    const names = readdirSync(models).filter((name) => name.endsWith('.tflite'));
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) {
      const model = readModel(join(models, name));
      expect(plain(parseModel(bytesOf(model))), name).toEqual(plain(model));
    }
  });

  test('are refused when cut or overwritten', () => {
    const good = readFileSync(join(models, 'ds_cnn_kws_int8.tflite'));
    for (let length = 0; length < good.length; length += 997)
      errorOf(() => parseModel(good.subarray(0, length)));
    fc.assert(
      fc.property(fc.nat({ max: good.length - 4 }), fc.integer(), (at, value) => {
        const bytes = Uint8Array.from(good);
        new DataView(bytes.buffer).setInt32(at, value, true);
        try {
          parseModel(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(IsochronError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
