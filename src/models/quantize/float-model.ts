import { IsochronError } from '../../errors.js';
import type { Blob } from '../schema/blob.js';
import { elementCount } from '../schema/enums.js';
import type { Model, Tensor } from '../schema/tables.js';
import { halfValue } from './float16.js';
import { Rewriter } from './rewriter.js';

/**
 * The same model with every constant in float32: half-precision constants behind a DEQUANTIZE, and the int8 weights of
 * "dynamic range" models, become floats again. The values stay as rounded as they were.
 *
 * @param name of the model, for messages
 * @throws IsochronError E_MODEL_QUANTIZED for a model that computes in integers already
 */
export function toFloat32(model: Model, name: string): Model {
  const rewriter = new Rewriter(model);
  const { view } = rewriter;
  requireFloatActivations(rewriter, name);
  const unpacked = new Map<number, number>();
  const unpack = (constant: number, like: number) => {
    const tensor = view.tensor(constant);
    const data = model.buffers[tensor.buffer]?.data as Blob;
    const index = rewriter.constantLike(like, floatBlob(data, tensor), { type: 'FLOAT32' });
    unpacked.set(like, index);
  };
  for (const operator of view.graph.operators) {
    const operatorName = view.operatorName(operator);
    const [input = -1] = operator.inputs;
    const [output = -1] = operator.outputs;
    if (operatorName === 'DEQUANTIZE' && input !== -1 && isPacked(rewriter, input)) {
      unpack(input, output);
      continue;
    }
    if (operator.outputs.some((o) => view.tensor(o).type === 'FLOAT32'))
      for (const t of operator.inputs)
        if (t !== -1 && !unpacked.has(t) && isPacked(rewriter, t)) unpack(t, t);
    rewriter.operatorLike(
      operator,
      operator.inputs.map((t) => unpacked.get(t) ?? t),
      operator.outputs,
    );
  }
  return rewriter.finish(model.description);
}

/** The same model with every float activation as an output, so that the engine keeps them all. */
export function exposeActivations(model: Model): { model: Model; exposed: number[] } {
  const { view } = new Rewriter(model);
  const { graph } = view;
  const exposed = [...new Set(graph.operators.flatMap((operator) => operator.outputs))].filter(
    (t) => view.tensor(t).type === 'FLOAT32' && !view.tensor(t).isVariable,
  );
  return {
    // Signatures name outputs, and would have to name all of these.
    model: { ...model, subgraphs: [{ ...graph, outputs: exposed }], signatureDefs: [] },
    exposed,
  };
}

function requireFloatActivations({ view }: Rewriter, name: string): void {
  const { graph } = view;
  const computed = [...graph.inputs, ...graph.operators.flatMap((o) => o.outputs)];
  const integer = computed.find((t) => {
    const { type, quantization } = view.tensor(t);
    return ['INT8', 'UINT8', 'INT16'].includes(type) && (quantization?.scale.length ?? 0) > 0;
  });
  if (integer !== undefined)
    throw new IsochronError(
      'E_MODEL_QUANTIZED',
      `${name} is already quantized: ${view.tensor(integer).name} is in ${view.tensor(integer).type.toLowerCase()}.`,
      'Quantize the float model that it was made from.',
    );
  if (!computed.some((t) => view.tensor(t).type === 'FLOAT32'))
    throw new IsochronError(
      'E_MODEL_UNSUPPORTED',
      `${name} computes nothing in float32, so there is nothing to quantize.`,
    );
}

/** A constant in half precision, or in integers with scales. */
function isPacked({ view }: Rewriter, index: number): boolean {
  const { type, quantization } = view.tensor(index);
  if (!view.isConstant(index)) return false;
  return (
    type === 'FLOAT16' ||
    (['INT8', 'UINT8'].includes(type) && (quantization?.scale.length ?? 0) > 0)
  );
}

/** A packed constant's values in float32; computed while they are read. */
function floatBlob(data: Blob, tensor: Tensor): Blob {
  if (tensor.type === 'FLOAT16')
    return {
      byteLength: 2 * data.byteLength,
      *chunks() {
        for (const chunk of data.chunks()) {
          const halves = new Uint16Array(chunk.slice().buffer);
          yield bytesOf(Float32Array.from(halves, halfValue));
        }
      },
    };
  const { scale = [], zeroPoint = [], quantizedDimension = 0 } = tensor.quantization ?? {};
  const channels = scale.length;
  const inner = channels === 1 ? 1 : elementCount(tensor.shape.slice(quantizedDimension + 1));
  return {
    byteLength: 4 * data.byteLength,
    *chunks() {
      let at = 0;
      for (const chunk of data.chunks()) {
        const integers = tensor.type === 'INT8' ? new Int8Array(chunk.slice().buffer) : chunk;
        const values = new Float32Array(integers.length);
        for (let i = 0; i < integers.length; i++, at++) {
          const channel = Math.floor(at / inner) % channels;
          values[i] =
            (scale[channel] as number) * ((integers[i] as number) - (zeroPoint[channel] ?? 0));
        }
        yield bytesOf(values);
      }
    },
  };
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
