import { elementCount, type Padding } from '../schema/enums.js';
import { Convolutions } from './convolutions.js';
import { windowCount } from './geometry.js';
import type { Activation } from './graph-builder.js';
import * as moments from './moments.js';
import { elementwiseOptions, image, type LayerOptions, pair, type Size } from './network-base.js';
import { randomIntegers } from './random-integers.js';

export type { Activation } from './graph-builder.js';
export type { BuiltNetwork, Nonlinearity, Size } from './network-base.js';
export { LOGITS } from './network-base.js';

export interface PoolOptions {
  name?: string;
  /** Default: the kernel. */
  stride?: Size;
  /** Default VALID. */
  padding?: Padding;
}

/**
 * The layer vocabulary: what papers call layers, on NHWC feature maps, written as TFLite's operators. A batch norm
 * behind a convolution or dense layer is folded into its weights and bias, as converters do; `batchNorm` stands for those
 * that cannot be folded. Every method returns its output activation.
 */
export class Network extends Convolutions {
  maxPool(x: Activation, kernel: Size, options: PoolOptions = {}): Activation {
    const [kh, kw] = pair(kernel);
    return this.#pool('MAX_POOL_2D', x, kernel, options, moments.maximumOf(x.moments, kh * kw));
  }

  avgPool(x: Activation, kernel: Size, options: PoolOptions = {}): Activation {
    const [kh, kw] = pair(kernel);
    return this.#pool('AVERAGE_POOL_2D', x, kernel, options, moments.averageOf(x.moments, kh * kw));
  }

  /** Mean over height and width: [n, h, w, c] becomes [n, c], or [n, 1, 1, c] with `keepDims`. */
  globalAvgPool(x: Activation, options: { name?: string; keepDims?: boolean } = {}): Activation {
    const [n, h, w, c] = image(x);
    const name = this.name(options, 'global_pool');
    return this.graph.operator(
      'MEAN',
      name,
      [x.index, this.graph.integers(`${name}/axes`, [2], [1, 2])],
      {
        shape: options.keepDims ? [n, 1, 1, c] : [n, c],
        moments: moments.averageOf(x.moments, h * w),
      },
      { type: 'ReducerOptions', value: { keepDims: options.keepDims ?? false } },
    );
  }

  reshape(x: Activation, shape: readonly number[], options: { name?: string } = {}): Activation {
    if (elementCount(shape) !== elementCount(x.shape))
      throw new RangeError(`${x.shape.join('×')} cannot become ${shape.join('×')}`);
    const name = this.name(options, 'reshape');
    return this.graph.operator(
      'RESHAPE',
      name,
      [x.index, this.graph.integers(`${name}/shape`, [shape.length], shape)],
      { shape, moments: x.moments },
      { type: 'ReshapeOptions', value: { newShape: shape } },
    );
  }

  /** Everything but the batch in one dimension. */
  flatten(x: Activation): Activation {
    const batch = x.shape[0] as number;
    return this.reshape(x, [batch, elementCount(x.shape) / batch], { name: 'flatten' });
  }

  softmax(x: Activation, options: { name?: string } = {}): Activation {
    const classes = x.shape.at(-1) as number;
    return this.graph.operator(
      'SOFTMAX',
      this.name(options, 'softmax'),
      [x.index],
      {
        shape: x.shape,
        moments: { mean: 1 / classes, between: (1 / classes) ** 2, within: 0, min: 0, max: 1 },
      },
      { type: 'SoftmaxOptions', value: { beta: 1 } },
    );
  }

  add(a: Activation, b: Activation, options: LayerOptions = {}): Activation {
    sameShape(a, b);
    return this.#binary('ADD', a, b, moments.sum(a.moments, b.moments), options);
  }

  /** Elementwise product; `b` may have one row and column, as the gate of squeeze-and-excite. */
  mul(a: Activation, b: Activation, options: LayerOptions = {}): Activation {
    const [, h, w] = b.shape;
    if (!(h === 1 && w === 1 && a.shape.at(-1) === b.shape.at(-1))) sameShape(a, b);
    return this.#binary('MUL', a, b, moments.product(a.moments, b.moments), options);
  }

  /** Joins along the last dimension, the channels, or along `axis`. */
  concat(parts: readonly Activation[], options: { name?: string; axis?: number } = {}): Activation {
    const first = parts[0] as Activation;
    const axis = options.axis ?? first.shape.length - 1;
    for (const part of parts)
      if (part.shape.some((d, i) => i !== axis && d !== first.shape[i]))
        throw new RangeError(
          `${part.shape.join('×')} and ${first.shape.join('×')} cannot be joined`,
        );
    const length = parts.reduce((total, part) => total + (part.shape[axis] as number), 0);
    return this.graph.operator(
      'CONCATENATION',
      this.name(options, 'concat'),
      parts.map((part) => part.index),
      {
        shape: first.shape.map((d, i) => (i === axis ? length : d)),
        moments: moments.mixture(
          parts.map((part) => ({ moments: part.moments, share: elementCount(part.shape) })),
        ),
      },
      { type: 'ConcatenationOptions', value: { axis } },
    );
  }

  /** Zeros around a feature map. */
  pad(
    x: Activation,
    rows: readonly [top: number, bottom: number],
    columns: readonly [left: number, right: number] = rows,
    options: { name?: string } = {},
  ): Activation {
    const [n, h, w, c] = image(x);
    const shape = [n, h + rows[0] + rows[1], w + columns[0] + columns[1], c];
    const name = this.name(options, 'pad');
    return this.graph.operator(
      'PAD',
      name,
      [x.index, this.graph.integers(`${name}/paddings`, [4, 2], [0, 0, ...rows, ...columns, 0, 0])],
      {
        shape,
        moments: moments.mixture([
          { moments: x.moments, share: elementCount(x.shape) },
          { moments: ZERO, share: elementCount(shape) - elementCount(x.shape) },
        ]),
      },
      { type: 'PadOptions', value: {} },
    );
  }

  /** Resizes a feature map to the given height and width. */
  resize(
    x: Activation,
    size: Size,
    method: 'nearest' | 'bilinear',
    options: { name?: string } = {},
  ): Activation {
    const [n, , , c] = image(x);
    const [h, w] = pair(size);
    const name = this.name(options, `resize_${method}`);
    const nearest = method === 'nearest';
    return this.graph.operator(
      nearest ? 'RESIZE_NEAREST_NEIGHBOR' : 'RESIZE_BILINEAR',
      name,
      [x.index, this.graph.integers(`${name}/size`, [2], [h, w])],
      { shape: [n, h, w, c], moments: x.moments },
      nearest
        ? { type: 'ResizeNearestNeighborOptions', value: {} }
        : { type: 'ResizeBilinearOptions', value: {} },
    );
  }

  /** A batch norm that no convolution can take in: MUL and ADD with a factor and a summand for each channel. */
  batchNorm(x: Activation, options: LayerOptions = {}): Activation {
    const channels = x.shape.at(-1) as number;
    const name = this.name(options, 'batch_norm');
    const next = randomIntegers(this.seed, name);
    // Uniform on [0.5, 1.5], with a mean square of 13/12.
    const gains = Array.from({ length: channels }, () => 1 + (next() / 2 ** 31) * 0.5);
    const factor = 1 / Math.sqrt((13 / 12) * moments.variance(x.moments));
    const scaled = this.withConstant(
      'MUL',
      `${name}/scaled`,
      x,
      [channels],
      (c) => factor * (gains[c] as number),
      moments.scaled(x.moments, factor),
    );
    const shift = -factor * x.moments.mean;
    return this.activated(options.activation, name, (fused, outName) =>
      this.withConstant(
        'ADD',
        outName,
        scaled,
        [channels],
        (c) => shift * (gains[c] as number) + (next() / 2 ** 31) * 0.1,
        moments.scaled(scaled.moments, 1, shift),
        fused,
      ),
    );
  }

  /**
   * Local response normalization over channels (Krizhevsky et al., 2012): x / (bias + alpha · Σ x²) ^ beta over
   * 2 · radius + 1 channels; alpha is per channel, not per window.
   */
  localResponseNorm(
    x: Activation,
    options: { radius: number; bias: number; alpha: number; beta: number; name?: string },
  ): Activation {
    const { radius, bias, alpha, beta } = options;
    const squares = (2 * radius + 1) * moments.meanSquare(x.moments);
    return this.graph.operator(
      'LOCAL_RESPONSE_NORMALIZATION',
      this.name(options, 'local_response_norm'),
      [x.index],
      { shape: x.shape, moments: moments.scaled(x.moments, (bias + alpha * squares) ** -beta) },
      { type: 'LocalResponseNormalizationOptions', value: { radius, bias, alpha, beta } },
    );
  }

  /**
   * Maximum over blocks of `depth` × kernel × kernel of a video [1, d, h, w, c]. TFLite has no such operator; frames
   * are pooled as a batch of pictures, then neighbouring frames are compared.
   */
  maxPool3d(x: Activation, depth: number, kernel: number, options: PoolOptions = {}): Activation {
    const [n, d, h, w, c] = x.shape as unknown as [number, number, number, number, number];
    if (n !== 1 || d % depth !== 0)
      throw new RangeError(`${x.shape.join('×')} does not fall into blocks of ${depth} frames`);
    const name = options.name ?? 'pool3d';
    const frames = this.reshape(x, [d, h, w, c], { name: `${name}/frames` });
    const pooled = this.maxPool(frames, kernel, { ...options, name: `${name}/space` });
    const [, oh, ow] = image(pooled);
    const shape = [1, d / depth, oh, ow, c];
    if (depth === 1) return this.reshape(pooled, shape, { name });
    const blocks = this.reshape(pooled, [d / depth, depth, oh * ow * c], {
      name: `${name}/blocks`,
    });
    const outName = this.name({ name: `${name}/time` }, name);
    const maxima = this.graph.operator(
      'REDUCE_MAX',
      outName,
      [blocks.index, this.graph.integers(`${outName}/axes`, [1], [1])],
      { shape: [d / depth, oh * ow * c], moments: moments.maximumOf(pooled.moments, depth) },
      { type: 'ReducerOptions', value: { keepDims: false } },
    );
    return this.reshape(maxima, shape, { name });
  }

  #binary(
    type: 'ADD' | 'MUL',
    a: Activation,
    b: Activation,
    after: moments.Moments,
    options: LayerOptions,
  ): Activation {
    const name = this.name(options, type.toLowerCase());
    return this.activated(options.activation, name, (fused, outName) =>
      this.graph.operator(
        type,
        outName,
        [a.index, b.index],
        { shape: a.shape, moments: after },
        elementwiseOptions(type, fused),
      ),
    );
  }

  #pool(
    type: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D',
    x: Activation,
    kernel: Size,
    options: PoolOptions,
    after: moments.Moments,
  ): Activation {
    const [n, h, w, c] = image(x);
    const [kh, kw] = pair(kernel);
    const [sh, sw] = pair(options.stride ?? kernel);
    const padding = options.padding ?? 'VALID';
    return this.graph.operator(
      type,
      this.name(options, 'pool'),
      [x.index],
      {
        shape: [n, windowCount(h, kh, sh, padding), windowCount(w, kw, sw, padding), c],
        moments: after,
      },
      {
        type: 'Pool2DOptions',
        value: { padding, strideH: sh, strideW: sw, filterHeight: kh, filterWidth: kw },
      },
    );
  }
}

const ZERO: moments.Moments = { mean: 0, between: 0, within: 0, min: 0, max: 0 };

function sameShape(a: Activation, b: Activation): void {
  if (a.shape.join() !== b.shape.join())
    throw new RangeError(`${a.shape.join('×')} and ${b.shape.join('×')} differ`);
}
