import { statSync } from 'node:fs';
import { requireKind } from '../kernel/caller.js';
import { IsochronError } from '../kernel/errors.js';
import { readModel } from './read-model.js';
import { isCustom, operatorNameOf } from './schema/enums.js';
import type { Model, Tensor } from './schema/tables.js';

/** An input or output of a model. */
export interface TensorFacts {
  /** As the model calls it. */
  name: string;
  /** TFLite's type name in lower case: float32, int8, uint8, string, … */
  type: string;
  /** As the engine allocates it. */
  shape: number[];
  /** The shape with -1 for what is unknown, or null where everything is fixed. */
  shapeSignature: number[] | null;
  /** Whether a dimension is unknown. A free batch alone is harmless: it runs as `shape` says. */
  dynamic: boolean;
  /** Per-tensor quantization, null for none. */
  quantization: {
    /** real = scale × (stored − zeroPoint). */
    scale: number;
    /** See `scale`. */
    zeroPoint: number;
  } | null;
}

/** What can be said of a model file without running it. */
export interface ModelFacts {
  /** Absolute path of the file. */
  path: string;
  /** Of the file. */
  bytes: number;
  /** What the file says of itself; null = nothing. */
  description: string | null;
  /** The model's input tensors, in their order. */
  inputs: TensorFacts[];
  /** The model's output tensors, in their order. */
  outputs: TensorFacts[];
  /** Every operator of the main graph in order: its builtin name, or the name of a custom one. */
  operators: {
    /** Of the kind of operator. */
    name: string;
    /** It is none of TensorFlow Lite's own. */
    custom: boolean;
  }[];
  /** Names of the metadata entries. */
  metadata: string[];
}

/**
 * Checks a model file as far as that goes without an engine, and describes it.
 *
 * @param path a .tflite file
 * @throws IsochronError E_MODEL_MISSING, E_MODEL_UNREADABLE, E_MODEL_DIRECTORY, E_MODEL_EMPTY, E_MODEL_FORMAT,
 *   E_MODEL_TRUNCATED, E_MODEL_CORRUPT
 */
export function verifyModel(path: string): ModelFacts {
  requireKind(path, 'string', 'the path of a model');
  const model = readModel(path);
  return { path, bytes: statSync(path).size, ...describeModel(model) };
}

/**
 * Refuses models whose inputs cannot be filled with generated or raw numbers.
 *
 * @throws IsochronError E_MODEL_STRING_INPUT, E_MODEL_DYNAMIC_INPUT
 */
export function requireRunnableInputs(facts: ModelFacts): void {
  for (const input of facts.inputs) {
    if (['string', 'resource', 'variant'].includes(input.type))
      throw new IsochronError(
        'E_MODEL_STRING_INPUT',
        `The input ${input.name} of ${facts.path} takes ${input.type}s, and isochron fills inputs with numbers.`,
        'Cut the part that handles strings off when converting the model.',
      );
    if (hasUnknownSize(input))
      throw new IsochronError(
        'E_MODEL_DYNAMIC_INPUT',
        `The input ${input.name} of ${facts.path} has no fixed shape: ${(input.shapeSignature ?? input.shape).join('×')}.`,
        'Convert the model again with fixed input shapes.',
      );
  }
}

/** The facts that do not depend on the file. */
export function describeModel(model: Model): Omit<ModelFacts, 'path' | 'bytes'> {
  const graph = model.subgraphs[0] as Model['subgraphs'][0];
  const facts = (indices: number[]) =>
    indices.map((i) => describeTensor(graph.tensors[i] as Tensor, i));
  return {
    description: model.description,
    inputs: facts(graph.inputs),
    outputs: facts(graph.outputs),
    operators: graph.operators.map((operator) => {
      const code = model.operatorCodes[operator.opcodeIndex] as Model['operatorCodes'][0];
      const custom = isCustom(code);
      return { name: custom ? (code.customCode ?? 'CUSTOM') : operatorNameOf(code), custom };
    }),
    metadata: model.metadata.map((entry) => entry.name ?? ''),
  };
}

function describeTensor(tensor: Tensor, index: number): TensorFacts {
  const { scale, zeroPoint } = tensor.quantization ?? { scale: [], zeroPoint: [] };
  const signature = tensor.shapeSignature.length > 0 ? tensor.shapeSignature : null;
  return {
    name: tensor.name ?? `tensor ${index}`,
    type: tensor.type.toLowerCase(),
    shape: tensor.shape,
    shapeSignature: signature,
    dynamic: (signature ?? tensor.shape).includes(-1),
    quantization:
      scale.length === 1 ? { scale: scale[0] as number, zeroPoint: zeroPoint[0] ?? 0 } : null,
  };
}

/** Converters write 1 where a dimension is unknown; for the batch that is a sensible size, for a picture's width it is not. */
function hasUnknownSize(input: TensorFacts): boolean {
  return (
    input.shape.includes(-1) ||
    (input.shapeSignature ?? []).some((d, i) => i > 0 && d === -1 && (input.shape[i] ?? 0) <= 1)
  );
}
