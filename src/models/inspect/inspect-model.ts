import { jobGraphs } from '../job-graphs.js';
import { elementCount } from '../schema/enums.js';
import type { Model, Operator } from '../schema/tables.js';
import { describeModel, type TensorFacts } from '../verify.js';
import { type Cost, costOf, isUncounted, peakActivationBytes } from './cost.js';
import { type ForeignNeed, foreignNeeds } from './foreign-operators.js';
import { graphRoles } from './graph-roles.js';
import { GraphView } from './graph-view.js';
import { xnnpackTakes } from './xnnpack-forecast.js';

/** One tensor. */
export interface TensorReport {
  /** As the model calls it. */
  name: string;
  /** In lower case, as everywhere outside of the schema. */
  type: string;
  /** Batch first. */
  shape: number[];
  /** Its contents stand in the file. */
  constant: boolean;
  /** Scales and zero points (one, or one for each channel along `axis`); null for float tensors. */
  quantization: {
    /** One, or one a channel: real = scale × (stored − zero point). */
    scales: number[];
    /** As many as scales. */
    zeroPoints: number[];
    /** Dimension that the scales are of. */
    axis: number;
  } | null;
}

/** One operator. */
export interface OperatorReport extends Cost {
  /** In its graph, from 0. */
  index: number;
  /** Builtin name, or the name of a custom operator. */
  type: string;
  /** It is none of TensorFlow Lite's own. */
  custom: boolean;
  /** Whether it does arithmetic that `macs` does not say. */
  uncounted: boolean;
  /** fp32, fp16, int8, …: of the weights and activations it works on, e.g. `int8`, `fp32 (int8 weights)`. */
  precision: string;
  /** In its order; those that may be left out and are, are not there. */
  inputs: TensorReport[];
  /** In its order. */
  outputs: TensorReport[];
  /** Two operations for each multiply-accumulate. */
  ops: number;
  /** Operations for each byte of weights and activations; null without multiply-accumulates. */
  opsPerByte: number | null;
  /** Whether TFLite 2.9's XNNPACK delegate would take it (with its flags for quantized operators), and if not, why. */
  xnnpack: {
    /** The delegate would take it. */
    taken: boolean;
    /** Why not; null where it would. */
    reason: string | null;
  };
}

/** A model taken apart. */
export interface ModelReport {
  /** What the file says of itself; null = nothing. */
  description: string | null;
  /** The model's input tensors, in their order. */
  inputs: TensorFacts[];
  /** The model's output tensors, in their order. */
  outputs: TensorFacts[];
  /** Names of what else stands in the file. */
  metadata: string[];
  /** What it needs that TensorFlow Lite's own library does not have, where that is known by its name. */
  needs: ForeignNeed[];
  /** Of the main graph. */
  operators: OperatorReport[];
  /** The graphs beside the main one: bodies of loops and branches, further signatures. */
  graphs: GraphReport[];
  /**
   * Of one inference of the main graph. MACs of a loop are those of one pass, of branches those of the dearer one; parameters
   * are those of all graphs.
   */
  total: Cost & {
    /** Two operations for each multiply-accumulate. */
    ops: number;
    /** Arithmetic intensity: operations for each byte that is read or written; null where no byte is. */
    opsPerByte: number | null;
    /** Lower bound of the memory for activations, bytes. */
    peakActivationBytes: number;
    /** Operators of the graphs that jobs run: of the main one and of those that it reaches by control flow. */
    jobOperators: number;
    /** Those of them that XNNPACK would take. */
    xnnpackOperators: number;
    /** Number of operators by type. */
    operatorCounts: Record<string, number>;
    /** Of the weights and activations, in a word. */
    precision: string;
    /** Operators of all graphs whose arithmetic is not in `macs`: custom, newer than this reader, or no matrix products. */
    uncounted: Record<string, number>;
  };
}

/** A further graph of a model. */
export interface GraphReport {
  /** In the file, from 0. */
  index: number;
  /** As the model calls it; null = it has none. */
  name: string | null;
  /** What runs it, in words: `body of WHILE (operator 3 of graph 0)`, `signature "add"`; empty for none that is known. */
  role: string;
  /** Multiply-accumulates of one pass. */
  macs: number;
  /** In the order in which they run. */
  operators: OperatorReport[];
}

/** Everything that can be said of a model without running it. */
export function inspectModel(model: Model): ModelReport {
  const facts = describeModel(model);
  const charged = new Set<number>();
  const [operators = [], ...others] = model.subgraphs.map((_, index) =>
    inspectGraph(new GraphView(model, index), charged),
  );
  const roles = graphRoles(model);
  const graphs = others.map((list, i): GraphReport => {
    const index = i + 1;
    return {
      index,
      name: model.subgraphs[index]?.name ?? null,
      role: (roles.get(index) ?? []).join(', '),
      macs: sumOf(list, 'macs'),
      operators: list,
    };
  });
  const cost: Cost = {
    macs: sumOf(operators, 'macs'),
    parameters: sumOf([operators, ...others].flat(), 'parameters'),
    weightBytes: sumOf([operators, ...others].flat(), 'weightBytes'),
    activationBytes: sumOf(operators, 'activationBytes'),
  };
  const view = new GraphView(model);
  const run = jobGraphs(model);
  const ofJobs = [operators, ...others].filter((_, graph) => run.has(graph)).flat();
  return {
    description: facts.description,
    inputs: facts.inputs,
    outputs: facts.outputs,
    metadata: facts.metadata,
    needs: foreignNeeds(model),
    operators,
    graphs,
    total: {
      ...cost,
      ops: 2 * cost.macs,
      opsPerByte: intensity(cost),
      peakActivationBytes: peakActivationBytes(view),
      jobOperators: ofJobs.length,
      xnnpackOperators: ofJobs.filter((o) => o.xnnpack.taken).length,
      operatorCounts: countsOf(operators),
      precision: modelPrecision(operators),
      uncounted: countsOf([operators, ...others].flat().filter((o) => o.uncounted)),
    },
  };
}

const sumOf = (operators: readonly OperatorReport[], key: keyof Cost) =>
  operators.reduce((total, o) => total + o[key], 0);

/** By type. A custom operator may have any name, `constructor` or `__proto__` too. */
function countsOf(operators: readonly OperatorReport[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of operators) counts.set(type, (counts.get(type) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** @param charged buffers that operators of earlier graphs have been charged for; this graph's are added */
function inspectGraph(view: GraphView, charged: Set<number>): OperatorReport[] {
  const counted = new Set<number>();
  const elsewhere = new Set(charged);
  const operators = view.graph.operators.map((operator, index): OperatorReport => {
    const cost = costOf(view, operator, counted, elsewhere);
    const verdict = xnnpackTakes(view, operator);
    return {
      index,
      type: view.operatorName(operator),
      custom: view.isCustom(operator),
      uncounted: isUncounted(view, operator),
      precision: precisionOf(view, operator),
      inputs: operator.inputs.filter((i) => i !== -1).map((i) => reportTensor(view, i)),
      outputs: operator.outputs.map((i) => reportTensor(view, i)),
      ...cost,
      ops: 2 * cost.macs,
      opsPerByte: intensity(cost),
      xnnpack: { taken: verdict === null, reason: verdict },
    };
  });
  for (const constant of counted) charged.add(view.tensor(constant).buffer);
  return operators;
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
