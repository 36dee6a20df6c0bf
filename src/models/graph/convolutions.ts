import type { Padding } from '../schema/enums.js';
import { meanTaps, windowCount } from './geometry.js';
import type { Activation } from './graph-builder.js';
import * as moments from './moments.js';
import {
  image,
  matrix,
  NetworkBase,
  pair,
  type Size,
  type WeightedOptions,
} from './network-base.js';

export interface ConvolutionOptions extends WeightedOptions {
  /** Default 1. */
  stride?: Size;
  /** Default SAME. */
  padding?: Padding;
  /** Default 1. */
  dilation?: Size;
}

/** What the choice of weights makes of a weighted sum. */
const sumOf = (input: Activation, { deviation = 1 }: WeightedOptions) =>
  moments.weightedSum(input.moments, deviation);

/** The layers with weights: convolutions and dense layers, each with a bias. */
export abstract class Convolutions extends NetworkBase {
  conv(x: Activation, filters: number, kernel: Size, options: ConvolutionOptions = {}): Activation {
    const [n, h, w, channels] = image(x);
    const [kh, kw] = pair(kernel);
    const [sh, sw] = pair(options.stride ?? 1);
    const [dh, dw] = pair(options.dilation ?? 1);
    const padding = options.padding ?? 'SAME';
    const fanIn = meanTaps(h, kh, sh, padding, dh) * meanTaps(w, kw, sw, padding, dw) * channels;
    const name = this.name(options, 'conv');
    return this.activated(options.activation, name, (fused, outName) =>
      this.graph.operator(
        'CONV_2D',
        outName,
        [
          x.index,
          this.weights(
            name,
            [filters, kh, kw, channels],
            fanIn,
            x,
            {
              channels: filters,
              inner: kh * kw * channels,
            },
            options.deviation,
          ),
          this.bias(name, filters),
        ],
        {
          shape: [
            n,
            windowCount(h, kh, sh, padding, dh),
            windowCount(w, kw, sw, padding, dw),
            filters,
          ],
          moments: sumOf(x, options),
        },
        {
          type: 'Conv2DOptions',
          value: {
            padding,
            strideH: sh,
            strideW: sw,
            dilationHFactor: dh,
            dilationWFactor: dw,
            fusedActivationFunction: fused,
          },
        },
      ),
    );
  }

  depthwise(
    x: Activation,
    kernel: Size,
    options: ConvolutionOptions & { multiplier?: number } = {},
  ): Activation {
    const [n, h, w, channels] = image(x);
    const [kh, kw] = pair(kernel);
    const [sh, sw] = pair(options.stride ?? 1);
    const [dh, dw] = pair(options.dilation ?? 1);
    const padding = options.padding ?? 'SAME';
    const multiplier = options.multiplier ?? 1;
    const filters = channels * multiplier;
    const fanIn = meanTaps(h, kh, sh, padding, dh) * meanTaps(w, kw, sw, padding, dw);
    const name = this.name(options, 'depthwise');
    return this.activated(options.activation, name, (fused, outName) =>
      this.graph.operator(
        'DEPTHWISE_CONV_2D',
        outName,
        [
          x.index,
          this.weights(
            name,
            [1, kh, kw, filters],
            fanIn,
            x,
            { channels: filters, inner: 1 },
            options.deviation,
          ),
          this.bias(name, filters),
        ],
        {
          shape: [
            n,
            windowCount(h, kh, sh, padding, dh),
            windowCount(w, kw, sw, padding, dw),
            filters,
          ],
          moments: sumOf(x, options),
        },
        {
          type: 'DepthwiseConv2DOptions',
          value: {
            padding,
            strideH: sh,
            strideW: sw,
            depthMultiplier: multiplier,
            dilationHFactor: dh,
            dilationWFactor: dw,
            fusedActivationFunction: fused,
          },
        },
      ),
    );
  }

  dense(x: Activation, units: number, options: WeightedOptions = {}): Activation {
    const [batch, features] = matrix(x);
    const name = this.name(options, 'dense');
    return this.activated(options.activation, name, (fused, outName) =>
      this.graph.operator(
        'FULLY_CONNECTED',
        outName,
        [
          x.index,
          this.weights(
            name,
            [units, features],
            features,
            x,
            { channels: units, inner: features },
            options.deviation,
          ),
          this.bias(name, units),
        ],
        { shape: [batch, units], moments: sumOf(x, options) },
        { type: 'FullyConnectedOptions', value: { fusedActivationFunction: fused } },
      ),
    );
  }

  /** 3-D convolution of [n, d, h, w, c] with stride 1. */
  conv3d(
    x: Activation,
    filters: number,
    kernel: number,
    options: WeightedOptions & { padding?: Padding } = {},
  ): Activation {
    const [n, d, h, w, channels] = x.shape as unknown as [number, number, number, number, number];
    const padding = options.padding ?? 'SAME';
    const taps = (length: number) => meanTaps(length, kernel, 1, padding);
    const out = (length: number) => windowCount(length, kernel, 1, padding);
    const shape = [kernel, kernel, kernel, channels, filters];
    const name = this.name(options, 'conv3d');
    return this.activated(options.activation, name, (fused, outName) =>
      this.graph.operator(
        'CONV_3D',
        outName,
        [
          x.index,
          this.weights(
            name,
            shape,
            taps(d) * taps(h) * taps(w) * channels,
            x,
            {
              channels: filters,
              inner: 1,
            },
            options.deviation,
          ),
          this.bias(name, filters),
        ],
        { shape: [n, out(d), out(h), out(w), filters], moments: sumOf(x, options) },
        {
          type: 'Conv3DOptions',
          value: { padding, strideD: 1, strideH: 1, strideW: 1, fusedActivationFunction: fused },
        },
      ),
    );
  }
}
