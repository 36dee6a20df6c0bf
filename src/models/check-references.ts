import { FormatError } from './schema/decode.js';
import { tensorBytes } from './schema/enums.js';
import type { ByteSource } from './schema/source.js';
import type { Model, SubGraph } from './schema/tables.js';

/**
 * Checks what one part of a model says about another: indices in range, constants as long as their shapes ask, data that
 * lie outside of the FlatBuffer (files beyond 2 GB) within the file. These data become ordinary blobs.
 *
 * @throws FormatError
 */
export function checkReferences(model: Model, source: ByteSource): void {
  if (model.version !== 3) throw new FormatError(`its schema version is ${model.version}, not 3`);
  if (model.subgraphs.length === 0) throw new FormatError('it holds no graph');
  for (const buffer of model.buffers)
    if (buffer.offset > 1) {
      if (buffer.offset + buffer.size > source.size)
        throw new FormatError(
          `it refers to byte ${buffer.offset + buffer.size - 1}, but ends after ${source.size} bytes`,
          true,
        );
      buffer.data = source.blob(buffer.offset, buffer.size);
      buffer.offset = 0;
      buffer.size = 0;
    }
  for (const { name, buffer } of model.metadata)
    within(buffer, model.buffers.length, `the metadata ${name}`, 'buffer');
  for (const signature of model.signatureDefs)
    within(signature.subgraphIndex, model.subgraphs.length, 'a signature', 'graph');
  for (const graph of model.subgraphs) checkGraph(model, graph);
}

function checkGraph(model: Model, graph: SubGraph): void {
  const tensors = graph.tensors.length;
  graph.tensors.forEach((tensor, i) => {
    const name = tensor.name ?? `tensor ${i}`;
    // Buffer 0 stands for none, and some writers leave even that out.
    if (tensor.buffer !== 0) within(tensor.buffer, model.buffers.length, name, 'buffer');
    if (tensor.shape.some((d) => d < -1)) throw new FormatError(`${name} has a negative dimension`);
    const data = model.buffers[tensor.buffer]?.data;
    const bytes = tensorBytes(tensor.type, tensor.shape);
    if (!data || data.byteLength === 0 || bytes === null || tensor.sparsity || tensor.isVariable)
      return;
    if (data.byteLength !== bytes)
      throw new FormatError(
        `${name} holds ${data.byteLength} bytes where its shape asks for ${bytes}`,
      );
  });
  for (const i of [...graph.inputs, ...graph.outputs])
    within(i, tensors, 'the list of inputs and outputs', 'tensor');
  graph.operators.forEach((operator, i) => {
    const name = `operator ${i}`;
    within(operator.opcodeIndex, model.operatorCodes.length, name, 'operator code');
    for (const input of operator.inputs) if (input !== -1) within(input, tensors, name, 'tensor');
    for (const output of operator.outputs) within(output, tensors, name, 'tensor');
  });
}

function within(index: number, count: number, who: string, what: string): void {
  if (index < 0 || index >= count)
    throw new FormatError(`${who} refers to ${what} ${index}, and there are ${count}`);
}
