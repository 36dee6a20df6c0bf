/** Which scales XNNPACK's int8 operators can work with: outside of these limits it can't make them. */
import type { Operator, Tensor } from '../schema/tables.js';
import type { GraphView } from './graph-view.js';

/**
 * What is wrong with an int8 operator's scales, as the beginning of a sentence; null where nothing is. An operator
 * multiplies by a ratio of scales in fixed point, and each kind has room for a range of ratios.
 */
export function badScale(view: GraphView, operator: Operator): string | null {
  const scales = (index: number | undefined): number[] =>
    index === undefined || index === -1 ? [] : scalesOf(view.tensor(index));
  const [out] = scales(operator.outputs[0]);
  const [first, second] = operator.inputs;
  if (out === undefined) return null;
  const within = (ratios: number[], low: number, high: number) =>
    ratios.every((ratio) => ratio >= low && ratio < high)
      ? null
      : `a ratio of scales (${ratios.find((r) => !(r >= low && r < high))?.toPrecision(3)})`;
  switch (view.operatorName(operator)) {
    case 'ADD':
    case 'SUB':
      return within(
        [...scales(first), ...scales(second)].map((s) => s / out),
        2 ** -10,
        2 ** 8,
      );
    case 'MUL':
      return within([((scales(first)[0] ?? 1) * (scales(second)[0] ?? 1)) / out], 2 ** -16, 2 ** 8);
    case 'CONV_2D':
    case 'DEPTHWISE_CONV_2D':
    case 'FULLY_CONNECTED':
      return within(
        scales(second).map((s) => ((scales(first)[0] ?? 1) * s) / out),
        0,
        2 ** 8,
      );
    case 'TRANSPOSE_CONV':
      return within(
        scales(second).map((s) => ((scales(operator.inputs[2])[0] ?? 1) * s) / out),
        0,
        2 ** 8,
      );
    case 'MEAN':
      return within(
        scales(first).map((s) => s / out),
        2 ** -8,
        2 ** 8,
      );
    default:
      return null;
  }
}

const scalesOf = ({ quantization }: Tensor): number[] => quantization?.scale ?? [];
