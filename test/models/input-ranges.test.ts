import { describe, expect, it as test } from 'vitest';
import { inputRanges } from '../../src/models/input-ranges.js';
import { readModel } from '../../src/models/read-model.js';
import { NO_SHARED, shared } from '../cli/helpers.js';
import { type OperatorChoice, oneOperator, type TensorChoice } from './one-operator.js';

const of = (choice: OperatorChoice) =>
  inputRanges(oneOperator(choice)).map(({ index, low, high }) => [index, low, high]);
const int = (...shape: number[]): TensorChoice => ({ type: 'INT32', shape });
const float = (...shape: number[]): TensorChoice => ({ type: 'FLOAT32', shape });

describe('the range of a generated input', () => {
  test.each(['FLOOR_DIV', 'FLOOR_MOD', 'DIV'])('keeps the divisor of %s away from 0', (type) => {
    const [range, ...others] = of({ type, inputs: [int(4), int(4)], outputs: [int(4)] });
    expect(others).toEqual([]);
    expect(range?.[0]).toBe(1);
    expect(range?.[1]).toBeGreaterThanOrEqual(1);
  });

  test('of a divisor in 8 bits is everything above its zero point', () => {
    const byte = (zeroPoint: number): TensorChoice => ({
      type: 'UINT8',
      shape: [4],
      scale: 0.1,
      zeroPoint,
    });
    const divisor = (zeroPoint: number) =>
      of({ type: 'DIV', inputs: [byte(0), byte(zeroPoint)], outputs: [byte(0)] });
    expect(divisor(3)).toEqual([[1, 4, 255]]);
    expect(divisor(255)).toEqual([[1, 0, 254]]);
  });

  test('leaves floats that are only divided by alone: infinity is no failure', () => {
    expect(of({ type: 'DIV', inputs: [float(4), float(4)], outputs: [float(4)] })).toEqual([]);
  });

  test('of an index ends with the rows that there are, and is left alone where 0 and 1 are there', () => {
    const gather = (rows: number) =>
      of({
        type: 'GATHER',
        inputs: [float(2, rows), int(3)],
        outputs: [float(2, 3)],
        options: { type: 'GatherOptions', value: { axis: 1 } },
      });
    expect(gather(1)).toEqual([[1, 0, 0]]);
    expect(gather(2)).toEqual([]);
    const small: TensorChoice = { type: 'UINT8', shape: [3] };
    expect(
      of({ type: 'EMBEDDING_LOOKUP', inputs: [small, float(7, 2)], outputs: [float(3, 2)] }),
    ).toEqual([[0, 0, 6]]);
    expect(
      of({ type: 'GATHER_ND', inputs: [float(5, 1, 9), int(3, 2)], outputs: [float(3, 9)] }),
    ).toEqual([[1, 0, 0]]);
  });

  test('needs none for a constant operand or an operator that neither divides nor indexes', () => {
    expect(
      of({ type: 'FLOOR_DIV', inputs: [int(4), { ...int(4), constant: true }], outputs: [int(4)] }),
    ).toEqual([]);
    expect(of({ type: 'ADD', inputs: [int(4), int(4)], outputs: [int(4)] })).toEqual([]);
  });
});

describe('an operand that is no input itself', () => {
  /** FLOOR_MOD whose divisor comes through `type` from the graph's second input. */
  function through(type: string, output: TensorChoice = int(4)) {
    const model = oneOperator({ type: 'FLOOR_MOD', inputs: [int(4), output], outputs: [int(4)] });
    const graph = model.subgraphs[0] as (typeof model.subgraphs)[0];
    const before = oneOperator({ type, inputs: [int(2, 2)], outputs: [int(4)] });
    const [source] = before.subgraphs[0]?.tensors ?? [];
    model.operatorCodes.push(before.operatorCodes[0] as (typeof before.operatorCodes)[0]);
    graph.tensors.push(source as (typeof graph.tensors)[0]);
    graph.operators.unshift({
      ...(before.subgraphs[0]?.operators[0] as (typeof graph.operators)[0]),
      opcodeIndex: 1,
      inputs: [3],
      outputs: [1],
    });
    graph.inputs.splice(0, graph.inputs.length, 0, 3);
    return inputRanges(model).map(({ index, low }) => [index, low]);
  }

  test.each(['RESHAPE', 'CAST', 'TRANSPOSE', 'SQUEEZE'])('is traced through %s', (type) => {
    expect(through(type)).toEqual([[1, 1]]);
  });
  test('is not guessed through an operator that computes', () => {
    expect(through('ABS')).toEqual([]);
  });
});

describe.skipIf(!shared('models', 'odd'))(`of shared models (else skipped: ${NO_SHARED})`, () => {
  const ranges = (...name: string[]) => inputRanges(readModel(shared('models', ...name) as string));
  test('are chosen where a model divides', () => {
    expect(ranges('odd', 'simple_floor_mod.tflite').map(({ index }) => index)).toEqual([1]);
  });
  test.each(['resnet8_cifar10_int8', 'mobilenet_v2_1.0_224_uint8', 'ds_cnn_kws_fp32'])(
    'are none for the ordinary %s: its inputs stay what they were',
    (name) => {
      expect(ranges(`${name}.tflite`)).toEqual([]);
    },
  );
});
