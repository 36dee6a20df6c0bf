import { printable } from '../../kernel/printable.js';
import { elementCount } from '../schema/enums.js';
import { complete } from '../schema/spec.js';
import type { Model, Operator } from '../schema/tables.js';
import { MODEL, type OptionsDraft } from '../schema/tables.js';
import { halfBits, halfValue } from './float16.js';
import { symmetricWeights, weightLayout } from './integer-weights.js';
import { Rewriter } from './rewriter.js';
import { channelRanges, halfBlob, totalRange, wholeLayout } from './weights.js';

/**
 * Stores every float32 constant in half precision, with a DEQUANTIZE in front of its consumers, as TFLite's converter
 * does for `float16`: half the file, and the arithmetic stays in float32. What half precision would make infinite stays
 * as it is.
 *
 * @param note is told of what stays
 */
export function toFloat16(model: Model, note: (text: string) => void = () => {}): Model {
  const rewriter = new Rewriter(model);
  const { view } = rewriter;
  const unpacked = new Map<number, number>();
  for (const operator of view.graph.operators)
    for (const input of operator.inputs) {
      if (input === -1 || unpacked.has(input) || !isFloatConstant(rewriter, input)) continue;
      const { name, buffer } = view.tensor(input);
      const data = model.buffers[buffer]?.data;
      if (!data) continue;
      const [low, high] = totalRange(channelRanges(data, wholeLayout(data)));
      const largest = Math.max(-low, high);
      if (Number.isFinite(largest) && !Number.isFinite(halfValue(halfBits(largest)))) {
        unpacked.set(input, input);
        note(
          `the constant ${printable(name ?? '')} reaches ${largest.toPrecision(3)}, beyond half precision (65504), and stays in float32`,
        );
        continue;
      }
      const packed = rewriter.constantLike(input, halfBlob(data), {
        type: 'FLOAT16',
        name: `${name}/fp16`,
      });
      const output = rewriter.tensorLike(input, {});
      rewriter.operator('DEQUANTIZE', 3, [packed], [output]);
      unpacked.set(input, output);
    }
  for (const operator of view.graph.operators)
    rewriter.operatorLike(
      operator,
      operator.inputs.map((i) => unpacked.get(i) ?? i),
      operator.outputs,
    );
  return rewriter.finish(model.description);
}

/** TFLite's converter leaves smaller weights as they are: nothing would be gained. */
const SMALLEST = 1024;

/** Versions of operators that work on float activations with int8 weights. */
const HYBRID_VERSIONS = new Map(
  Object.entries({
    CONV_2D: 5,
    DEPTHWISE_CONV_2D: 6,
    FULLY_CONNECTED: 9,
  }),
);

/**
 * Stores the weights of convolutions and dense layers as int8 ("dynamic range quantization"): the engine quantizes
 * activations on the fly. Biases, and operators that have no such kernel, stay in float.
 */
export function toDynamicRange(model: Model): Model {
  const rewriter = new Rewriter(model);
  const { view } = rewriter;
  for (const operator of view.graph.operators) {
    const type = view.operatorName(operator);
    const version = HYBRID_VERSIONS.get(type);
    const weights = operator.inputs[1];
    if (
      version === undefined ||
      weights === undefined ||
      !isFloatConstant(rewriter, weights) ||
      elementCount(view.tensor(weights).shape) < SMALLEST
    ) {
      rewriter.operatorLike(operator, operator.inputs, operator.outputs);
      continue;
    }
    const packed = symmetricWeights(rewriter, weights, weightLayout(rewriter, operator));
    const inputs = operator.inputs.map((i) => (i === weights ? packed.index : i));
    rewriter.operatorLike(hybrid(operator), inputs, operator.outputs, version);
  }
  return rewriter.finish(model.description);
}

/** Dense layers quantize their inputs with a zero point, as the converter sets it. */
function hybrid(operator: Operator): Operator {
  if (operator.options?.type !== 'FullyConnectedOptions') return operator;
  const options: OptionsDraft = {
    type: 'FullyConnectedOptions',
    value: { ...operator.options.value, asymmetricQuantizeInputs: true },
  };
  return complete(MODEL.subgraphs.table.operators.table, { ...operator, options });
}

function isFloatConstant(rewriter: Rewriter, index: number): boolean {
  return rewriter.view.isConstant(index) && rewriter.view.tensor(index).type === 'FLOAT32';
}
