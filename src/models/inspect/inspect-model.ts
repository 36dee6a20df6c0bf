import { elementCount } from '../schema/enums.js';
import type { Model, Operator } from '../schema/tables.js';
import { describeModel, type TensorFacts } from '../verify.js';
import { type Cost, costOf, peakActivationBytes } from './cost.js';
import { GraphView } from './graph-view.js';
import { xnnpackTakes } from './xnnpack.js';

export interface TensorReport {
  name: string;
  /** In lower case, as everywhere outside of the schema. */
  type: string;
  shape: number[];
  constant: boolean;
  /** Scales and zero points (one, or one for each channel along `axis`); null for float tensors. */
  quantization: { scales: number[]; zeroPoints: number[]; axis: number } | null;
}

export interface OperatorReport extends Cost {
  index: number;
  /** Builtin name, or the name of a custom operator. */
  type: string;
  custom: boolean;
  /** fp32, fp16, int8, …: of the weights and activations it works on, e.g. `int8`, `fp32 (int8 weights)`. */
  precision: string;
  inputs: TensorReport[];
  outputs: TensorReport[];
  /** Two operations for each multiply-accumulate. */
  ops: number;
  /** Operations for each byte of weights and activations; null without multiply-accumulates. */
  opsPerByte: number | null;
  /** Whether TFLite 2.9's XNNPACK delegate would take it (with its flags for quantized operators), and if not, why. */
  xnnpack: { taken: boolean; reason: string | null };
}

export interface ModelReport {
  description: string | null;
  inputs: TensorFacts[];
  outputs: TensorFacts[];
  metadata: string[];
  operators: OperatorReport[];
  total: Cost & {
    ops: number;
    opsPerByte: number | null;
    /** Lower bound of the memory for activations, bytes. */
    peakActivationBytes: number;
    /** Operators that XNNPACK would take. */
    xnnpackOperators: number;
    /** Number of operators by type. */
    operatorCounts: Record<string, number>;
    precision: string;
  };
}

/** Everything that can be said of a model's main graph without running it. */
export function inspectModel(model: Model): ModelReport {
  const view = new GraphView(model);
  const facts = describeModel(model);
  const counted = new Set<number>();
  const operators = view.graph.operators.map((operator, index): OperatorReport => {
    const cost = costOf(view, operator, counted);
    const verdict = xnnpackTakes(view, operator);
    return {
      index,
      type: view.operatorName(operator),
      custom: facts.operators[index]?.custom ?? false,
      precision: precisionOf(view, operator),
      inputs: operator.inputs.filter((i) => i !== -1).map((i) => reportTensor(view, i)),
      outputs: operator.outputs.map((i) => reportTensor(view, i)),
      ...cost,
      ops: 2 * cost.macs,
      opsPerByte: intensity(cost),
      xnnpack: { taken: verdict === null, reason: verdict },
    };
  });
  const sum = (key: keyof Cost) => operators.reduce((total, o) => total + o[key], 0);
  const cost: Cost = {
    macs: sum('macs'),
    parameters: sum('parameters'),
    weightBytes: sum('weightBytes'),
    activationBytes: sum('activationBytes'),
  };
  const operatorCounts: Record<string, number> = {};
  for (const { type } of operators) operatorCounts[type] = (operatorCounts[type] ?? 0) + 1;
  return {
    description: facts.description,
    inputs: facts.inputs,
    outputs: facts.outputs,
    metadata: facts.metadata,
    operators,
    total: {
      ...cost,
      ops: 2 * cost.macs,
      opsPerByte: intensity(cost),
      peakActivationBytes: peakActivationBytes(view),
      xnnpackOperators: operators.filter((o) => o.xnnpack.taken).length,
      operatorCounts,
      precision: modelPrecision(operators),
    },
  };
}

function intensity({ macs, weightBytes, activationBytes }: Cost): number | null {
  return macs > 0 ? (2 * macs) / (weightBytes + activationBytes) : null;
}

function reportTensor(view: GraphView, index: number): TensorReport {
  const { name, type, shape, quantization } = view.tensor(index);
  return {
    name: name ?? `tensor ${index}`,
    type: type.toLowerCase(),
    shape,
    constant: view.isConstant(index),
    quantization:
      quantization && quantization.scale.length > 0
        ? {
            scales: quantization.scale,
            zeroPoints: quantization.zeroPoint,
            axis: quantization.quantizedDimension,
          }
        : null,
  };
}

/** Users' names of the types that networks work on. */
const PRECISION_NAMES: Record<string, string> = { FLOAT32: 'fp32', FLOAT16: 'fp16' };
const precisionName = (type: string) => PRECISION_NAMES[type] ?? type.toLowerCase();

function precisionOf(view: GraphView, operator: Operator): string {
  const output = operator.outputs[0];
  if (output === undefined) return '-';
  const work = precisionName(view.tensor(output).type);
  let weights: string | null = null;
  let largest = 0;
  for (const input of operator.inputs) {
    const constant = input === -1 ? null : view.storedConstant(input);
    if (constant === null) continue;
    const { type, shape } = view.tensor(constant);
    if (type === 'INT32' || type === 'INT64' || elementCount(shape) <= largest) continue;
    largest = elementCount(shape);
    weights = precisionName(type);
  }
  return weights === null || weights === work ? work : `${work} (${weights} weights)`;
}

/** The precision of the operators that do most of the arithmetic. */
function modelPrecision(operators: OperatorReport[]): string {
  const macs = new Map<string, number>();
  for (const o of operators) macs.set(o.precision, (macs.get(o.precision) ?? 0) + o.macs);
  return [...macs].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '-';
}
