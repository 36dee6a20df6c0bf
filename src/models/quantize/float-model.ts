import { IsochronError } from '../../kernel/errors.js';
import { printable } from '../../kernel/printable.js';
import type { Model } from '../schema/tables.js';
import { Rewriter } from './rewriter.js';
import { unpackWeights } from './unpack.js';

/**
 * The same model with every constant in float32: half-precision constants behind a DEQUANTIZE, and the int8 weights of
 * "dynamic range" models, become floats again. The values stay as rounded as they were.
 *
 * @param name of the model, for messages
 * @throws IsochronError E_MODEL_QUANTIZED for a model that computes in integers already, E_MODEL_UNSUPPORTED for one whose
 *   weights are stored sparse
 */
export function toFloat32(model: Model, name: string): Model {
  requireDense(model, name);
  requireFloatActivations(new Rewriter(model), name);
  requireOneType(new Rewriter(model), name);
  return unpackWeights(model);
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

/** Of sparse weights the file stores the non-zero ones only, in an order of their own. */
function requireDense(model: Model, name: string): void {
  const tensors = model.subgraphs.flatMap((graph) => graph.tensors);
  const sparse = tensors.find((tensor) => tensor.sparsity !== null);
  if (!sparse) return;
  throw new IsochronError(
    'E_MODEL_UNSUPPORTED',
    `${name} stores weights sparse (${printable(sparse.name ?? 'one without a name')}), and only dense ones can be quantized.`,
    'Convert the model without sparsity (a pruned one keeps its zeros), or quantize it when converting.',
  );
}

/** These put out integers of 8 or 16 bits of floats, as a custom one may. */
const CONVERTING = new Set(['BITCAST', 'CAST', 'QUANTIZE']);

/** Where the file calls a float result an integer, the engine computes it in float all the same. */
function requireOneType({ view }: Rewriter, name: string): void {
  const typeOf = (t: number) => (t < 0 ? '' : view.tensor(t).type);
  for (const operator of view.graph.operators) {
    if (view.isCustom(operator) || CONVERTING.has(view.operatorName(operator))) continue;
    const odd = operator.outputs.find((t) => ['INT8', 'UINT8', 'INT16'].includes(typeOf(t)));
    if (odd === undefined || !operator.inputs.some((t) => typeOf(t) === 'FLOAT32')) continue;
    throw new IsochronError(
      'E_MODEL_UNSUPPORTED',
      `${name} stores ${printable(view.tensor(odd).name ?? `tensor ${odd}`)} as ${typeOf(odd).toLowerCase()}, although its operator ${view.operatorName(operator)} computes it of float32.`,
      'Convert the model anew: the engine overrides such a type, and no scale is known for it.',
    );
  }
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
      `${name} is already quantized: ${printable(view.tensor(integer).name ?? `tensor ${integer}`)} is in ${view.tensor(integer).type.toLowerCase()}.`,
      'Quantize the float model that it was made from.',
    );
  if (!computed.some((t) => view.tensor(t).type === 'FLOAT32'))
    throw new IsochronError(
      'E_MODEL_UNSUPPORTED',
      `${name} computes nothing in float32, so there is nothing to quantize.`,
    );
}
