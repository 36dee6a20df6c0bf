/**
 * Generated inputs that divide or index: which values an operator can work with. The engine checks few of these (a
 * division by zero is a signal, an index out of range an error or a read of foreign memory), so they are chosen here.
 */
import { GraphView } from './inspect/graph-view.js';
import type { Model, Operator, Tensor } from './schema/tables.js';

/** Both ends belong to it. */
export interface Range {
  low: number;
  high: number;
}

/** What one input must keep to, and for whose sake. */
export interface InputRange extends Range {
  index: number;
  /** The operators that ask for it, for messages. */
  operators: string[];
}

/** What native/src/workload/tflite/tensors.h fills a tensor with; null for types that no range helps. */
function ordinary({ type }: Tensor): Range | null {
  switch (type) {
    case 'INT8':
      return { low: -128, high: 127 };
    case 'UINT8':
      return { low: 0, high: 255 };
    case 'INT16':
      return { low: -32768, high: 32767 };
    case 'INT32':
    case 'INT64':
    case 'UINT32':
      return { low: 0, high: 1 };
    case 'FLOAT32':
      return { low: -1, high: 1 };
    default:
      return null;
  }
}

/** Divisors, sizes and steps: from 1 to a number that keeps what comes out of them small. */
const POSITIVE: Range = { low: 1, high: 8 };

type Rule = (view: GraphView, operator: Operator) => Range | null;

const sizeOf = (view: GraphView, operator: Operator, input: number): readonly number[] =>
  view.tensor(operator.inputs[input] as number).shape;

const below = (limit: number | undefined): Range | null =>
  limit === undefined || limit < 1 ? null : { low: 0, high: limit - 1 };

const positive: Rule = () => POSITIVE;

/** By operator and position of its input. */
const RULES: Record<string, Record<number, Rule>> = {
  DIV: {
    // a quotient of floats is infinite at worst
    1: (view, operator) =>
      view.tensor(operator.inputs[1] as number).type === 'FLOAT32' ? null : POSITIVE,
  },
  FLOOR_DIV: { 1: positive },
  FLOOR_MOD: { 1: positive },
  GATHER: {
    1: (view, operator) => {
      const shape = sizeOf(view, operator, 0);
      const axis = operator.options?.type === 'GatherOptions' ? operator.options.value.axis : 0;
      return below(shape.at(axis));
    },
  },
  GATHER_ND: {
    1: (view, operator) =>
      below(Math.min(...sizeOf(view, operator, 0).slice(0, sizeOf(view, operator, 1).at(-1) ?? 1))),
  },
  EMBEDDING_LOOKUP: { 0: (view, operator) => below(sizeOf(view, operator, 1)[0]) },
  SCATTER_ND: {
    0: (view, operator) =>
      below(
        Math.min(
          ...view
            .tensor(operator.outputs[0] as number)
            .shape.slice(0, sizeOf(view, operator, 0).at(-1) ?? 1),
        ),
      ),
  },
  // ids that ascend: the same one for all
  SEGMENT_SUM: { 1: () => ({ low: 0, high: 0 }) },
  ONE_HOT: { 1: positive },
  TILE: { 1: () => ({ low: 1, high: 2 }) },
  RANGE: { 2: positive },
  STRIDED_SLICE: { 3: positive },
  RESIZE_BILINEAR: { 1: positive },
  RESIZE_NEAREST_NEIGHBOR: { 1: positive },
  REVERSE_SEQUENCE: {
    1: (view, operator) => {
      const options = operator.options;
      const along = options?.type === 'ReverseSequenceOptions' ? options.value.seqDim : 0;
      const length = sizeOf(view, operator, 0)[along];
      return length === undefined ? null : { low: 0, high: length };
    },
  },
  TOPK_V2: {
    1: (view, operator) => {
      const length = sizeOf(view, operator, 0).at(-1);
      return length === undefined ? null : { low: 0, high: length };
    },
  },
};

/** Operators that hand values on unchanged, by the inputs from which they come. */
const HANDING_ON: Record<string, 'first' | 'all' | number> = {
  RESHAPE: 'first',
  SQUEEZE: 'first',
  EXPAND_DIMS: 'first',
  TRANSPOSE: 'first',
  CAST: 'first',
  SLICE: 'first',
  STRIDED_SLICE: 'first',
  UNPACK: 'first',
  REVERSE_V2: 'first',
  BROADCAST_TO: 'first',
  TILE: 'first',
  GATHER: 'first',
  PACK: 'all',
  CONCATENATION: 'all',
  SPLIT: 1,
  SPLIT_V: 'first',
};

/**
 * The ranges that generated inputs of the main graph must keep to, where the values that their type ordinarily gets may
 * lie outside. Only what can be traced from an operand to an input through operators that hand values on.
 */
export function inputRanges(model: Model): InputRange[] {
  const view = new GraphView(model);
  const producer = new Map<number, Operator>();
  for (const operator of view.graph.operators)
    for (const output of operator.outputs) producer.set(output, operator);
  const found = new Map<number, InputRange>();

  const require = (tensor: number, range: Range, name: string, seen: Set<number>): void => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    const index = view.graph.inputs.indexOf(tensor);
    if (index >= 0) {
      const known = found.get(index);
      found.set(index, {
        index,
        low: Math.max(range.low, known?.low ?? Number.NEGATIVE_INFINITY),
        high: Math.min(range.high, known?.high ?? Number.POSITIVE_INFINITY),
        operators: [...new Set([...(known?.operators ?? []), name])],
      });
      return;
    }
    const operator = producer.get(tensor);
    const from = operator && HANDING_ON[view.operatorName(operator)];
    if (!operator || from === undefined) return;
    const inputs =
      from === 'all' ? operator.inputs : [operator.inputs[from === 'first' ? 0 : from] ?? -1];
    for (const input of inputs) if (input >= 0) require(input, range, name, seen);
  };

  for (const operator of view.graph.operators) {
    const name = view.operatorName(operator);
    for (const [position, rule] of Object.entries(RULES[name] ?? {})) {
      const tensor = operator.inputs[Number(position)];
      if (tensor === undefined || tensor < 0 || view.isConstant(tensor)) continue;
      const range = rule(view, operator);
      if (range !== null) require(tensor, range, name, new Set());
    }
  }
  return [...found.values()]
    .map((range) => fitted(view.tensor(view.graph.inputs[range.index] as number), range))
    .filter((range) => range !== null)
    .sort((a, b) => a.index - b.index);
}

/** The range in the values of the input's own type; null where its ordinary values keep to it already. */
function fitted(tensor: Tensor, range: InputRange): InputRange | null {
  const usual = ordinary(tensor);
  if (usual === null || (usual.low >= range.low && usual.high <= range.high)) return null;
  const scale = tensor.quantization?.scale[0];
  // a quantized divisor: its zero is the zero point, and all above it are positive
  if (scale !== undefined && (tensor.type === 'INT8' || tensor.type === 'UINT8')) {
    const zero = tensor.quantization?.zeroPoint[0] ?? 0;
    return zero < usual.high
      ? { ...range, low: zero + 1, high: usual.high }
      : { ...range, low: usual.low, high: zero - 1 };
  }
  const low =
    tensor.type === 'UINT8' || tensor.type === 'UINT32' ? Math.max(0, range.low) : range.low;
  return { ...range, low, high: Math.min(range.high, tensor.type === 'INT8' ? 127 : 32767) };
}
