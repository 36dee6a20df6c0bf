/** Sizes of windows over feature maps, as TFLite computes them. */
import type { Padding } from '../schema/enums.js';

/** Output length along one axis. */
export function windowCount(
  input: number,
  kernel: number,
  stride: number,
  padding: Padding,
  dilation = 1,
): number {
  const reach = (kernel - 1) * dilation + 1;
  return padding === 'SAME' ? Math.ceil(input / stride) : Math.floor((input - reach) / stride) + 1;
}

/** Elements of padding before and after along one axis. */
function paddingAround(
  input: number,
  kernel: number,
  stride: number,
  padding: Padding,
  dilation = 1,
): [before: number, after: number] {
  if (padding === 'VALID') return [0, 0];
  const reach = (kernel - 1) * dilation + 1;
  const total = Math.max((Math.ceil(input / stride) - 1) * stride + reach - input, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** Taps of a window that fall on the input rather than on padding, on average along one axis. */
export function meanTaps(
  input: number,
  kernel: number,
  stride: number,
  padding: Padding,
  dilation = 1,
): number {
  const [before] = paddingAround(input, kernel, stride, padding, dilation);
  const count = windowCount(input, kernel, stride, padding, dilation);
  let taps = 0;
  for (let o = 0; o < count; o++)
    for (let k = 0; k < kernel; k++) {
      const at = o * stride + k * dilation - before;
      if (at >= 0 && at < input) taps++;
    }
  return taps / count;
}
