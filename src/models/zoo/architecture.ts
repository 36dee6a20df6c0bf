import type { Activation, Network } from '../graph/network.js';

/** What can be chosen of a network. A family takes some of these; the others have no meaning for it. */
export interface Parameters {
  /** Extra copies of the first five convolutions, five digits (YOLOv3-tiny). */
  depth: string;
  /** Channels kept by pruning, per cent (QuTiBench's networks). */
  keep: number;
  /** Width: factor on the number of channels. */
  alpha: number;
  /** Height and width of the input, pixels. */
  resolution: number;
}

/** Of weights and activations; `dynamic` is int8 weights with float activations. */
export const PRECISIONS = ['fp32', 'fp16', 'dynamic', 'int8', 'uint8'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A network of the zoo. */
export interface Architecture {
  /** As users write it. */
  name: string;
  /** Paper that the definition follows. */
  source: string;
  /** The parameters that it takes, with their defaults. */
  defaults: Partial<Parameters>;
  /** The precisions in which it can be built; default all. */
  precisions?: readonly Precision[];
  /** Draws the network and returns its outputs. */
  build(net: Network, parameters: Parameters): Activation | readonly Activation[];
}

/** Nearest multiple of 8 to a channel count, never less than 90 % of it (the rule of the MobileNet and EfficientNet code). */
export function roundChannels(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
