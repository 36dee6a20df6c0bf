import { FormatError } from './schema/decode.js';
import type { Operator, SubGraph } from './schema/tables.js';

/**
 * Checks what an operator's options and scales say by themselves: windows that don't move or are empty, outputs that nothing
 * is written to, and scales over which the engine's kernels end the process. What they say of shapes is the engine's to check: it refuses with a sentence.
 *
 * @param type the operator's builtin name
 * @param name what it is called in messages
 * @throws FormatError
 */
export function checkOperator(
  graph: SubGraph,
  operator: Operator,
  type: string,
  name: string,
): void {
  // Every other kernel counts its outputs; this one leaves what is too much unwritten.
  if (type === 'CONCATENATION' && operator.outputs.length > 1)
    throw new FormatError(`${name} has ${operator.outputs.length} outputs, and writes one`);
  // Every other kernel asks whether an input is there; these only count them.
  if (['IF', 'RESHAPE', 'WHILE'].includes(type) && operator.inputs.includes(-1))
    throw new FormatError(`${name} uses an input that is left out`);
  if (WINDOWED.has(type)) checkWindow(graph, operator, type, name);
  if (type in SUM_SHIFTS) checkSumScales(graph, operator, type, name);
}

const WINDOWED = new Set(
  'AVERAGE_POOL_2D CONV_2D CONV_3D CONV_3D_TRANSPOSE DEPTHWISE_CONV_2D L2_POOL_2D MAX_POOL_2D TRANSPOSE_CONV'.split(
    ' ',
  ),
);

/** The engine keeps strides and dilations in 16 bits: of what is larger it takes the lower ones, 0 among them. */
const MOST_STEP = 2 ** 15 - 1;

/** The engine takes options of another kind, and none, for 0. */
function checkWindow(graph: SubGraph, operator: Operator, type: string, name: string): void {
  const options = { ...operator.options?.value } as Readonly<Record<string, unknown>>;
  const given = (field: string) => Number(options[field] ?? 0);
  const axes = type.startsWith('CONV_3D') ? ['D', 'H', 'W'] : ['H', 'W'];
  const strides = axes.map((axis) => given(`stride${axis}`));
  if (strides.some((stride) => stride < 1 || stride > MOST_STEP))
    throw new FormatError(`${name} moves its window by ${strides.join('×')}`);
  if (type.includes('POOL')) {
    const window = [given('filterHeight'), given('filterWidth')];
    if (window.some((length) => length < 1))
      throw new FormatError(`${name} has a window of ${window.join('×')}`);
    return;
  }
  // The weights begin with the window, or have a channel before it.
  const weights = graph.tensors[operator.inputs[1] as number]?.shape ?? [];
  const first = type.startsWith('CONV_3D') ? 0 : 1;
  axes.forEach((axis, i) => {
    const field = `dilation${axis}Factor`;
    // Between the taps of a window of one there is nothing.
    const odd = given(field) < 1 || given(field) > MOST_STEP;
    if (field in options && odd && (weights[first + i] ?? 1) > 1)
      throw new FormatError(`${name} has the dilation ${given(field)}`);
  });
}

/** By how many bits these kernels shift sums of values of a type before they scale them down. */
const SUM_SHIFTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ADD: { INT8: 20, UINT8: 20, INT16: 15 },
  SUB: { INT8: 20, UINT8: 20, INT16: 15 },
  SQUARED_DIFFERENCE: { INT8: 14 },
};

/** They ask of all their factors to be above 0 and below 1, or else end the process; in float, as they compute them. */
function checkSumScales(graph: SubGraph, operator: Operator, type: string, name: string): void {
  const tensors = [...operator.inputs.slice(0, 2), operator.outputs[0]].map(
    (index) => graph.tensors[index as number],
  );
  const work = tensors[2]?.type ?? '';
  const shift = SUM_SHIFTS[type]?.[work];
  if (shift === undefined || !tensors.every((t) => t?.type === work)) return;
  // A form of newer files: what an engine makes of it is the engine's to say.
  if (tensors.some((t) => t?.quantization?.details?.type === 'BlockwiseQuantization')) return;
  const scales = tensors.map((t) => Math.fround(t?.quantization?.scale[0] ?? 0));
  // These int16 values are shifted only.
  if (work === 'INT16' && scales.every((s) => Number.isInteger(Math.log2(s)))) return;
  const [first = 0, second = 0, out = 0] = scales;
  const twice = Math.fround(2 * Math.max(first, second));
  const whole = type === 'SQUARED_DIFFERENCE' ? twice * twice : twice;
  const unit = Math.fround(2 ** shift * out);
  if (![first / twice, second / twice, whole / unit].every((factor) => factor > 0 && factor < 1))
    throw new FormatError(
      `${name} cannot compute with the scales ${first} and ${second} of its inputs and ${out} of its output`,
    );
}
