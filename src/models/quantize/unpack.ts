import { IsochronError } from '../../kernel/errors.js';
import { printable } from '../../kernel/printable.js';
import type { Blob } from '../schema/blob.js';
import { elementCount } from '../schema/enums.js';
import { complete } from '../schema/spec.js';
import type { Model, OptionsDraft, Tensor } from '../schema/tables.js';
import { MODEL, type Operator } from '../schema/tables.js';
import { halfValue } from './float16.js';
import { Rewriter } from './rewriter.js';

/**
 * Undoes what `toFloat16` and `toDynamicRange` (or TFLite's converter) did to the weights of a float model: half-precision
 * constants and int8 weights of float operators become float32 again, so that it can be quantized in another way. Models
 * without either come back as they are; integer arithmetic is left alone.
 */
export function unpackWeights(model: Model): Model {
  const rewriter = new Rewriter(model);
  const { view } = rewriter;
  const unpacked = new Map<number, number>();
  const unpack = (target: number, constant: number) => {
    if (unpacked.has(target)) return;
    const tensor = view.tensor(constant);
    const data = model.buffers[tensor.buffer]?.data;
    if (!data) return;
    requireScales(tensor);
    unpacked.set(
      target,
      rewriter.constantLike(target, floatBlob(tensor, data), {
        type: 'FLOAT32',
        name: tensor.name,
        // The engine gives the target this shape, whatever the file says of it.
        shape: tensor.shape,
        shapeSignature: [],
      }),
    );
  };
  for (const operator of view.graph.operators) {
    if (view.operatorName(operator) === 'DEQUANTIZE' && view.unpacksConstant(operator)) {
      unpack(operator.outputs[0] as number, operator.inputs[0] as number);
      continue;
    }
    if (isHybrid(rewriter, operator))
      unpack(operator.inputs[1] as number, operator.inputs[1] as number);
    rewriter.operatorLike(
      isHybrid(rewriter, operator) ? plain(operator) : operator,
      operator.inputs.map((i) => unpacked.get(i) ?? i),
      operator.outputs,
      isHybrid(rewriter, operator) ? 1 : undefined,
    );
  }
  return rewriter.finish(model.description);
}

/** The values of integers are known by their scales only. */
function requireScales({ name, type, quantization }: Tensor): void {
  if (type === 'FLOAT16' || type === 'FLOAT32') return;
  const scales = quantization?.scale ?? [];
  if (scales.length > 0 && scales.every((s) => Number.isFinite(s) && s > 0)) return;
  throw new IsochronError(
    'E_MODEL_UNSUPPORTED',
    `The ${type.toLowerCase()} constant ${printable(name ?? '')} has ${scales.length === 0 ? 'no scale' : 'a scale of 0'}, so what its values stand for is not known.`,
    'Convert the model again.',
  );
}

/** Float activations, int8 weights. */
function isHybrid({ view }: Rewriter, operator: Operator): boolean {
  const [input, weights] = operator.inputs;
  return (
    ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'].includes(view.operatorName(operator)) &&
    input !== undefined &&
    weights !== undefined &&
    view.tensor(input).type === 'FLOAT32' &&
    view.tensor(weights).type === 'INT8' &&
    view.isConstant(weights)
  );
}

/** Without the option that only hybrid dense layers have. */
function plain(operator: Operator): Operator {
  if (operator.options?.type !== 'FullyConnectedOptions') return operator;
  const options: OptionsDraft = {
    type: 'FullyConnectedOptions',
    value: { ...operator.options.value, asymmetricQuantizeInputs: false },
  };
  return complete(MODEL.subgraphs.table.operators.table, { ...operator, options });
}

/** A constant in float32, computed while it is read. */
function floatBlob(tensor: Tensor, data: Blob): Blob {
  const count = elementCount(tensor.shape);
  const convert = reader(tensor);
  return {
    byteLength: 4 * count,
    *chunks() {
      let done = 0;
      for (const chunk of data.chunks()) {
        const values = convert(chunk, done);
        done += values.length;
        yield new Uint8Array(values.buffer);
      }
    },
  };
}

/** Converts a chunk of stored bytes whose first element is number `first`. */
function reader({
  type,
  shape,
  quantization,
}: Tensor): (chunk: Uint8Array, first: number) => Float32Array {
  if (type === 'FLOAT16')
    return (chunk) => {
      const halves = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      return Float32Array.from({ length: chunk.byteLength / 2 }, (_, i) =>
        halfValue(halves.getUint16(2 * i, true)),
      );
    };
  const { scale, zeroPoint, quantizedDimension } = quantization ?? {
    scale: [1],
    zeroPoint: [0],
    quantizedDimension: 0,
  };
  const channels = scale.length;
  const inner = channels === 1 ? 1 : elementCount(shape.slice(quantizedDimension + 1));
  const signed = type === 'INT8';
  return (chunk, first) =>
    Float32Array.from(chunk, (byte, i) => {
      const c = channels === 1 ? 0 : Math.floor((first + i) / inner) % channels;
      const q = signed ? (byte << 24) >> 24 : byte;
      return (scale[c] as number) * (q - (zeroPoint[c] ?? 0));
    });
}
