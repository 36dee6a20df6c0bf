import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { describeReport } from '../../src/cli/models-inspect.js';
import { printableLines } from '../../src/kernel/printable.js';
import { inspectFileOrName } from '../../src/models/inspect/inspect-file.js';
import { inspectModel } from '../../src/models/inspect/inspect-model.js';
import { requireOneGraph } from '../../src/models/quantize/rewriter.js';
import { parseModel } from '../../src/models/read-model.js';
import { littleEndian } from '../../src/models/schema/blob.js';
import { elementCount, operatorCodeOf } from '../../src/models/schema/enums.js';
import { complete } from '../../src/models/schema/spec.js';
import { MODEL, type ModelDraft, type OperatorDraft } from '../../src/models/schema/tables.js';
import { shared } from '../cli/helpers.js';
import { modelBytes } from './engine.js';

type Draft = NonNullable<ModelDraft['subgraphs']>[number];

/** A model of one operator: activations by shape, constants by shape, -1 for what is left out. */
function single(
  type: string,
  inputs: readonly (readonly number[] | -1 | 'variable' | { constant: number[]; type?: 'INT32' })[],
) {
  const tensors: { shape?: number[]; buffer?: number; type?: 'INT32'; isVariable?: boolean }[] = [];
  const buffers: NonNullable<ModelDraft['buffers']>[number][] = [{}];
  const places = inputs.map((input) => {
    if (input === -1) return -1;
    if (input === 'variable') return tensors.push({ shape: [1, 1], isVariable: true }) - 1;
    if (!('constant' in input)) return tensors.push({ shape: [...input] }) - 1;
    buffers.push({ data: littleEndian(new Float32Array(elementCount(input.constant))) });
    return (
      tensors.push({
        shape: input.constant,
        buffer: buffers.length - 1,
        ...(input.type ? { type: input.type } : {}),
      }) - 1
    );
  });
  const output = tensors.push({ shape: [1] }) - 1;
  return inspectModel(
    complete(MODEL, {
      version: 3,
      operatorCodes: [operatorCodeOf(type)],
      buffers,
      subgraphs: [
        {
          tensors,
          inputs: [0],
          outputs: [output],
          operators: [{ inputs: places, outputs: [output] }],
        },
      ],
    }),
  );
}

const matrix = (rows: number, columns: number) => ({ constant: [rows, columns] });
const gates = (rows: number, columns: number) => Array(4).fill(matrix(rows, columns));

describe('recurrent operators', () => {
  test('cost each element of their matrices once for each step of each sequence', () => {
    // 2 sequences of 3 steps of 5 values, 7 cells
    expect(
      single('RNN', [[2, 5], matrix(7, 5), matrix(7, 7), { constant: [7] }, 'variable']).total.macs,
    ).toBe(2 * (35 + 49));
    expect(
      single('UNIDIRECTIONAL_SEQUENCE_RNN', [
        [2, 3, 5],
        matrix(7, 5),
        matrix(7, 7),
        { constant: [7] },
        'variable',
      ]).total.macs,
    ).toBe(6 * (35 + 49));
    expect(single('SVDF', [[2, 5], matrix(8, 5), matrix(8, 10), -1, 'variable']).total.macs).toBe(
      2 * (40 + 80),
    );
    expect(
      single('UNIDIRECTIONAL_SEQUENCE_LSTM', [[2, 3, 5], ...gates(7, 5), ...gates(7, 7)]).total
        .macs,
    ).toBe(6 * 4 * (35 + 49));
    // without an input gate of its own, with a projection to 4 values
    const coupled = [
      [2, 3, 5],
      -1,
      ...gates(7, 5).slice(1),
      -1,
      ...gates(7, 4).slice(1),
      -1,
      -1,
      -1,
      -1,
      -1,
      -1,
      -1,
      matrix(4, 7),
    ] as const;
    expect(single('UNIDIRECTIONAL_SEQUENCE_LSTM', coupled).total.macs).toBe(
      6 * (3 * (35 + 28) + 28),
    );
    // the basic kernel: one matrix for all gates, over input and state side by side
    expect(
      single('LSTM', [[2, 5], [2, 7], matrix(28, 12), { constant: [28] }, [2, 7]]).total.macs,
    ).toBe(2 * 28 * 12);
  });

  test('of both directions cost both', () => {
    const bias = { constant: [7] };
    const direction = [matrix(7, 5), matrix(7, 7), bias, 'variable' as const];
    expect(
      single('BIDIRECTIONAL_SEQUENCE_RNN', [[2, 3, 5], ...direction, ...direction]).total.macs,
    ).toBe(2 * 6 * (35 + 49));
    const one = [...gates(7, 5), ...gates(7, 7), ...Array(9).fill(-1)];
    expect(single('BIDIRECTIONAL_SEQUENCE_LSTM', [[2, 3, 5], ...one, ...one]).total.macs).toBe(
      2 * 6 * 4 * (35 + 49),
    );
  });

  test('have int32 biases as parameters', () => {
    const report = single('SVDF', [
      [1, 5],
      matrix(8, 5),
      matrix(8, 10),
      { constant: [4], type: 'INT32' },
      'variable',
    ]);
    expect(report.total.parameters).toBe(40 + 80 + 4);
  });
});

/** A dense layer of 3×2 MACs, in a graph of its own. */
function dense(buffer: number): Draft {
  return {
    tensors: [{ shape: [1, 2] }, { shape: [3, 2], buffer }, { shape: [1, 3] }],
    inputs: [0],
    outputs: [2],
    operators: [{ opcodeIndex: 0, inputs: [0, 1], outputs: [2] }],
  };
}
function caller(operator: OperatorDraft): Draft {
  return { ...dense(1), operators: [{ ...operator, inputs: [0], outputs: [2] }] };
}
function graphs(more: ModelDraft) {
  const data = littleEndian(new Float32Array(6));
  return complete(MODEL, {
    version: 3,
    operatorCodes: ['FULLY_CONNECTED', 'WHILE', 'IF'].map(operatorCodeOf),
    buffers: [{}, { data }, { data }],
    ...more,
  });
}

describe('models of several graphs', () => {
  test('count a loop as one pass, and say so; constants that graphs share count once', () => {
    const report = inspectModel(
      graphs({
        subgraphs: [
          caller({
            opcodeIndex: 1,
            options: {
              type: 'WhileOptions',
              value: { condSubgraphIndex: 1, bodySubgraphIndex: 2 },
            },
          }),
          dense(1),
          dense(1),
        ],
      }),
    );
    expect(report.total).toMatchObject({ macs: 12, parameters: 6 });
    expect(report.graphs.map((g) => [g.index, g.role, g.macs])).toEqual([
      [1, 'condition of WHILE (operator 0 of graph 0)', 6],
      [2, 'body of WHILE (operator 0 of graph 0)', 6],
    ]);
    const text = describeReport({ ...report, name: 'm', bytes: 1 });
    expect(text).toContain('a loop counts as one pass');
    expect(text).toMatch(
      /graph 2: body of WHILE \(operator 0 of graph 0\), 6 MACs\n.*0 FULLY_CONNECTED/,
    );
  });

  test('count the dearer branch, and other signatures by themselves', () => {
    const report = inspectModel(
      graphs({
        subgraphs: [
          caller({
            opcodeIndex: 2,
            options: { type: 'IfOptions', value: { thenSubgraphIndex: 1, elseSubgraphIndex: 2 } },
          }),
          dense(1),
          { ...dense(2), operators: [] },
          dense(2),
        ],
        signatureDefs: [{ signatureKey: 'other', subgraphIndex: 3 }],
      }),
    );
    expect(report.total).toMatchObject({ macs: 6, parameters: 12 });
    expect(report.graphs[2]).toMatchObject({ role: 'signature "other"', macs: 6 });
  });

  test('name what a composite stands for, and count it there', () => {
    const model = graphs({
      operatorCodes: ['FULLY_CONNECTED', 'STABLEHLO_COMPOSITE'].map(operatorCodeOf),
      subgraphs: [
        caller({
          opcodeIndex: 1,
          options2: {
            type: 'StableHLOCompositeOptions',
            value: { name: 'odml.dense', decompositionSubgraphIndex: 1, version: 1 },
          },
        }),
        dense(2),
      ],
    });
    // It is in the file that a newer engine reads, and not only in memory.
    const report = inspectModel(parseModel(modelBytes(model)));
    expect(report.total).toMatchObject({ macs: 6, parameters: 6, uncounted: {} });
    expect(report.graphs.map((g) => g.role)).toEqual([
      'decomposition of composite odml.dense (operator 0 of graph 0)',
    ]);
    expect(() => requireOneGraph(model)).toThrow(/graph 1 is decomposition of composite/);
  });

  test('know a composite by its operator: its options at another one mean nothing', () => {
    const [main, other] = [dense(1), dense(2)];
    const options2 = {
      type: 'StableHLOCompositeOptions',
      value: { name: 'x', decompositionSubgraphIndex: 7 },
    } as const;
    const operators = (main.operators ?? []).map((o) => ({ ...o, options2 }));
    const model = parseModel(modelBytes(graphs({ subgraphs: [{ ...main, operators }, other] })));
    expect(inspectModel(model).graphs.map((g) => g.role)).toEqual(['']);
  });

  test('are refused where a composite stands for a graph that is not there, or for its own', () => {
    for (const [graph, words] of [
      [2, /refers to graph 2/],
      [0, /in a circle/],
    ] as const) {
      const value = { name: 'x', decompositionSubgraphIndex: graph };
      const options2 = { type: 'StableHLOCompositeOptions', value } as const;
      const model = graphs({
        operatorCodes: ['FULLY_CONNECTED', 'STABLEHLO_COMPOSITE'].map(operatorCodeOf),
        subgraphs: [caller({ opcodeIndex: 1, options2 }), dense(2)],
      });
      expect(() => parseModel(modelBytes(model))).toThrow(words);
    }
  });
});

describe('names from files', () => {
  test('may be those of members that every object has, or of builtin operators', () => {
    const names = ['constructor', '__proto__', 'CONV_2D'];
    const report = inspectModel(
      complete(MODEL, {
        version: 3,
        operatorCodes: names.map((customCode) => ({
          deprecatedBuiltinCode: 32,
          builtinCode: 32,
          customCode,
        })),
        subgraphs: [
          {
            tensors: [{ shape: [1], name: 'x\u001b[2J' }],
            inputs: [0],
            outputs: [0],
            operators: [0, 0, 1, 2].map((opcodeIndex) => ({
              opcodeIndex,
              inputs: [0],
              outputs: [0],
            })),
          },
        ],
      }),
    );
    expect(Object.entries(report.total.operatorCounts)).toEqual([
      ['constructor', 2],
      ['__proto__', 1],
      ['custom CONV_2D', 1],
    ]);
    const text = describeReport({ ...report, name: 'm', bytes: 1 });
    expect(text).toContain('not counted in MACs: 2 constructor, 1 __proto__, 1 custom CONV_2D');
    expect(text).toContain('x\\x1b[2J');
    expect(text).not.toContain('\u001b');
  });
});

const odd = shared('models', 'odd');
const hostile = shared('review', 'hostile');
describe.skipIf(!odd || !hostile)('shared files (skipped without ISOCHRON_SHARED)', () => {
  const of = (name: string) => inspectFileOrName(join(odd as string, `${name}.tflite`));

  test('trained_lstm has 113,120 MACs, 107,520 of them in its LSTM', () => {
    const report = of('trained_lstm');
    expect(report.total.macs).toBe(113_120);
    expect(report.operators[0]).toMatchObject({
      type: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
      macs: 107_520,
    });
  });

  test('nested_while has five graphs, two_signatures two', () => {
    expect(of('nested_while').graphs.map((g) => g.role)).toHaveLength(4);
    expect(of('nested_while').graphs.every((g) => /of WHILE/.test(g.role))).toBe(true);
    expect(of('two_signatures').graphs.map((g) => g.role)).toEqual([
      expect.stringMatching(/^signature "/),
    ]);
  });

  test('hostile names are counted and shown', () => {
    const read = (name: string) => inspectFileOrName(join(hostile as string, `${name}.tflite`));
    const { operatorCounts } = read('inspect-custom-op-proto-names').total;
    expect(Object.values(operatorCounts).every(Number.isInteger)).toBe(true);
    const text = describeReport(read('inspect-terminal-escapes'));
    expect(text).toBe(printableLines(text));
  });
});
