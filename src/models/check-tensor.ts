import { FormatError } from './schema/decode.js';
import { elementCount, tensorBytes } from './schema/enums.js';
import type { Model, Quantization, Tensor } from './schema/tables.js';

type Sparsity = NonNullable<Tensor['sparsity']>;

/** Bytes beyond which no machine holds a tensor, and a number of this language no longer counts exactly. */
const MOST_BYTES = Number.MAX_SAFE_INTEGER;

/**
 * Checks a tensor against the buffers of its model and its quantization against its shape.
 *
 * @throws FormatError
 */
export function checkTensor(model: Model, tensor: Tensor, name: string): void {
  const { type, shape, buffer, quantization } = tensor;
  // Buffer 0 stands for none, and some writers leave even that out.
  if (buffer !== 0 && buffer >= model.buffers.length)
    throw new FormatError(
      `${name} refers to buffer ${buffer}, and there are ${model.buffers.length}`,
    );
  if (shape.some((d) => d < -1)) throw new FormatError(`${name} has a negative dimension`);
  const known = shape.map((d) => (d === -1 ? 1 : d));
  if ((tensorBytes(type, known) ?? elementCount(known)) > MOST_BYTES)
    throw new FormatError(`${name} asks for more memory than there can be`);
  checkData(model, tensor, name);
  if (quantization) checkQuantization(quantization, tensor, name);
}

function checkData(model: Model, tensor: Tensor, name: string): void {
  const { type, shape, buffer, isVariable, sparsity } = tensor;
  const data = buffer === 0 ? null : model.buffers[buffer]?.data;
  if (!data || data.byteLength === 0) return;
  if (isVariable) throw new FormatError(`${name} is a variable and a constant`);
  if (sparsity) {
    checkSparsity(sparsity, name);
    return;
  }
  if (shape.includes(-1)) throw new FormatError(`${name} is a constant without a fixed shape`);
  const bytes = tensorBytes(type, shape);
  if (bytes !== null && data.byteLength !== bytes)
    throw new FormatError(
      `${name} holds ${data.byteLength} bytes where its shape asks for ${bytes}`,
    );
}

/** What stands in a compressed dimension is found by two lists, of which the one leads into the other. */
function checkSparsity({ dimMetadata, traversalOrder }: Sparsity, name: string): void {
  if (dimMetadata.length === 0 || traversalOrder.length === 0)
    throw new FormatError(`${name} is sparse and does not say how`);
  for (const { format, arraySegments, arrayIndices } of dimMetadata) {
    if (format === 'DENSE') continue;
    const [segments, places] = [arraySegments, arrayIndices].map((list) => list?.value.values);
    if (!segments || !places || segments.some((end) => end < 0 || end > places.length))
      throw new FormatError(`${name} has a sparse dimension that leads nowhere`);
  }
}

/** The engine asks the same of numbers and axis; it leaves alone what the scales of float tensors are. */
function checkQuantization(
  { scale, zeroPoint, quantizedDimension }: Quantization,
  { shape, type }: Tensor,
  name: string,
): void {
  if (scale.length === 0) return;
  // Newer files leave zero points out where all are 0.
  if (zeroPoint.length !== 0 && zeroPoint.length !== scale.length)
    throw new FormatError(`${name} has ${scale.length} scales and ${zeroPoint.length} zero points`);
  if (shape.length > 0) {
    const along = shape[quantizedDimension];
    if (along === undefined)
      throw new FormatError(
        `${name} is quantized along dimension ${quantizedDimension} and has ${shape.length}`,
      );
    if (scale.length !== 1 && scale.length !== along)
      throw new FormatError(
        `${name} has ${scale.length} scales for ${along} places along dimension ${quantizedDimension}`,
      );
  }
  if (type === 'FLOAT32' || type === 'FLOAT16') return;
  // 0 is left to those who need more: some converters write it for channels that hold nothing.
  if (!scale.every((s) => Number.isFinite(s) && s >= 0))
    throw new FormatError(`${name} has a scale that is negative or no number`);
}
