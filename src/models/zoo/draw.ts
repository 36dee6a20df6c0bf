import { type BuiltNetwork, Network } from '../graph/network.js';
import { toInteger } from '../quantize/integer.js';
import { toDynamicRange, toFloat16 } from '../quantize/weight-only.js';
import type { Model } from '../schema/tables.js';
import type { Precision } from './architecture.js';
import { type ModelChoice, modelName } from './names.js';

/**
 * A network of the zoo as a model in the chosen precision. Weights are generated when their bytes are read, so drawing
 * takes milliseconds whatever the size.
 *
 * @param seed of the weights
 */
export function drawModel(choice: ModelChoice, seed: number): Model {
  const model = atPrecision(drawFloat(choice, seed), choice.precision);
  return {
    ...model,
    description: `${modelName(choice)}: published architecture, synthetic weights (isochron, seed ${seed})`,
  };
}

/** The network in float32, with what is known of its activations: every other precision is made of it. */
export function drawFloat(choice: ModelChoice, seed: number): BuiltNetwork {
  const net = new Network(seed);
  return net.finish(choice.architecture.build(net, choice.parameters), choice.architecture.name);
}

export function atPrecision({ model, moments }: BuiltNetwork, precision: Precision): Model {
  switch (precision) {
    case 'fp32':
      return model;
    case 'fp16':
      return toFloat16(model);
    case 'dynamic':
      return toDynamicRange(model);
    case 'int8':
    case 'uint8':
      return toInteger(model, {
        precision,
        // Instead of calibration: ranges from the moments by which the weights were scaled.
        ranges: new Map([...moments].map(([tensor, m]) => [tensor, [m.min, m.max]])),
        floatFallback: true, // local response normalization has no integer kernel
      });
  }
}
