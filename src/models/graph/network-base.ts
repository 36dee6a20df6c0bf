import { elementCount, type FusedActivation } from '../schema/enums.js';
import type { Model, OptionsDraft } from '../schema/tables.js';
import { type Activation, GraphBuilder } from './graph-builder.js';
import * as moments from './moments.js';
import { type ChannelLayout, randomIntegers, randomWeights } from './random-integers.js';

export type Nonlinearity =
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'hard_swish'
  | 'hard_sigmoid'
  | 'logistic'
  | 'tanh'
  | { leakyRelu: number };

/** Height and width, or one number for both. */
export type Size = number | readonly [height: number, width: number];

export interface LayerOptions {
  /** Of the layer and its output tensor; numbered where it repeats. */
  name?: string;
  /** Default linear. */
  activation?: Nonlinearity;
}

/** Layers with weights. */
export interface WeightedOptions extends LayerOptions {
  /** Standard deviation of the weighted sums, by the choice of the weights. Default 1. */
  deviation?: number;
}

/**
 * Deviation of a classifier's last sums: its softmax then prefers a few classes clearly, as a trained one does, which also
 * shows in 8 bits.
 */
export const LOGITS = { name: 'logits', deviation: 3 } as const;

/** A drawn network: what the writer and the quantizer start from. */
export interface BuiltNetwork {
  model: Model;
  /** Of the float activations, by tensor index of the main graph. */
  moments: ReadonlyMap<number, moments.Moments>;
}

/** What all layers share: weights that keep the variance, nonlinearities, names. */
export abstract class NetworkBase {
  protected readonly graph = new GraphBuilder();
  readonly #path: string[] = [];

  constructor(readonly seed: number) {}

  /**
   * Float input, moments as of values that fill [-1, 1] (or [0, 1]: their mean square is the same).
   *
   * @param shape batch first
   */
  input(name: string, shape: readonly number[]): Activation {
    return this.graph.input(this.name({ name }, 'input'), shape, {
      mean: 0,
      between: 0,
      within: 1 / 3,
      min: -1,
      max: 1,
    });
  }

  /** Names of the layers that `draw` adds get `name/` in front. */
  scope<T>(name: string, draw: () => T): T {
    this.#path.push(name);
    try {
      return draw();
    } finally {
      this.#path.pop();
    }
  }

  finish(outputs: Activation | readonly Activation[], description: string): BuiltNetwork {
    const list = 'index' in outputs ? [outputs] : outputs;
    return { model: this.graph.finish(list, description), moments: this.graph.moments };
  }

  /** A nonlinearity as an operator of its own. */
  activation(x: Activation, nonlinearity: Nonlinearity, name?: string): Activation {
    const title = typeof nonlinearity === 'string' ? nonlinearity : 'leaky_relu';
    const out = name ?? this.name({}, title);
    const unary = (type: string, after: moments.Moments, options: OptionsDraft | null = null) =>
      this.graph.operator(type, out, [x.index], { shape: x.shape, moments: after }, options);
    if (typeof nonlinearity === 'object') {
      const alpha = nonlinearity.leakyRelu;
      return unary('LEAKY_RELU', moments.leakyRelu(x.moments, alpha), {
        type: 'LeakyReluOptions',
        value: { alpha },
      });
    }
    switch (nonlinearity) {
      case 'linear':
        return x;
      case 'relu':
        return unary('RELU', moments.relu(x.moments));
      case 'relu6':
        return unary('RELU6', moments.relu6(x.moments));
      case 'logistic':
        return unary('LOGISTIC', moments.logistic(x.moments));
      case 'tanh':
        return unary('TANH', moments.tanh(x.moments));
      case 'hard_swish':
        return unary('HARD_SWISH', moments.hardSwish(x.moments), {
          type: 'HardSwishOptions',
          value: {},
        });
      case 'hard_sigmoid': {
        // TFLite has no operator for it: converters write relu6(x + 3) · 1/6.
        const shifted = this.withConstant(
          'ADD',
          `${out}/relu6`,
          x,
          [],
          () => 3,
          moments.relu6(moments.scaled(x.moments, 1, 3)),
          'RELU6',
        );
        return this.withConstant(
          'MUL',
          out,
          shifted,
          [],
          () => 1 / 6,
          moments.scaled(shifted.moments, 1 / 6),
        );
      }
    }
  }

  /** ADD or MUL with a constant of the given shape. */
  protected withConstant(
    type: 'ADD' | 'MUL',
    name: string,
    x: Activation,
    shape: readonly number[],
    value: (i: number) => number,
    after: moments.Moments,
    fused: FusedActivation = 'NONE',
  ): Activation {
    return this.graph.operator(
      type,
      name,
      [x.index, this.graph.floats(`${name}/constant`, shape, value)],
      { shape: x.shape, moments: after },
      elementwiseOptions(type, fused),
    );
  }

  /** Weights that give the layer's sums the wanted deviation: their mean square is its square / (fan-in · E[x²]). */
  protected weights(
    layer: string,
    shape: readonly number[],
    fanIn: number,
    input: Activation,
    layout: ChannelLayout,
    sumDeviation = 1,
  ): number {
    const name = `${layer}/weights`;
    // Dilated windows over small maps may see padding only: a fan-in below one.
    const meanSquare = Math.max(fanIn, 1) * moments.meanSquare(input.moments);
    const deviation = sumDeviation / Math.sqrt(meanSquare);
    return this.graph.constant(
      name,
      'FLOAT32',
      shape,
      randomWeights(this.seed, name, elementCount(shape), deviation, layout),
    );
  }

  /** Small against the sum, which has a deviation of one or more. */
  protected bias(layer: string, channels: number): number {
    const name = `${layer}/bias`;
    const next = randomIntegers(this.seed, name);
    return this.graph.floats(name, [channels], () => (next() / 2 ** 31) * 0.1);
  }

  /** Fuses the nonlinearity into the operator where TFLite can, otherwise puts it behind. */
  protected activated(
    nonlinearity: Nonlinearity = 'linear',
    name: string,
    layer: (fused: FusedActivation, name: string) => Activation,
  ): Activation {
    const fused = FUSED.get(nonlinearity);
    if (fused === undefined)
      return this.activation(layer('NONE', `${name}/sum`), nonlinearity, name);
    const out = layer(fused.activation, name);
    return this.graph.changeMoments(out, fused.moments(out.moments));
  }

  protected name(options: { name?: string }, fallback: string): string {
    return this.graph.unique([...this.#path, options.name ?? fallback].join('/'));
  }
}

export function elementwiseOptions(type: 'ADD' | 'MUL', fused: FusedActivation): OptionsDraft {
  const value = { fusedActivationFunction: fused };
  return type === 'ADD' ? { type: 'AddOptions', value } : { type: 'MulOptions', value };
}

const FUSED = new Map<
  Nonlinearity,
  { activation: FusedActivation; moments: (m: moments.Moments) => moments.Moments }
>([
  ['linear', { activation: 'NONE', moments: (m) => m }],
  ['relu', { activation: 'RELU', moments: moments.relu }],
  ['relu6', { activation: 'RELU6', moments: moments.relu6 }],
]);

export function pair(size: Size): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** The shape of a feature map: batch, height, width, channels. */
export function image(x: Activation): [number, number, number, number] {
  if (x.shape.length !== 4) throw new RangeError(`${x.shape.join('×')} is no feature map`);
  return x.shape as unknown as [number, number, number, number];
}

/** The shape of a matrix: batch, features. */
export function matrix(x: Activation): [number, number] {
  if (x.shape.length !== 2) throw new RangeError(`${x.shape.join('×')} is no matrix`);
  return x.shape as unknown as [number, number];
}
