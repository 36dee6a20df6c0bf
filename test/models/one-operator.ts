/** Models of one operator over any types and shapes, to hold what is said of an operator against the engine. */
import { type Blob, littleEndian } from '../../src/models/schema/blob.js';
import {
  elementCount,
  operatorCodeOf,
  type TensorType,
  tensorBytes,
} from '../../src/models/schema/enums.js';
import { complete } from '../../src/models/schema/spec.js';
import {
  MODEL,
  type Model,
  type ModelDraft,
  type OptionsDraft,
  type TensorDraft,
} from '../../src/models/schema/tables.js';

export interface TensorChoice {
  type: TensorType;
  shape: readonly number[];
  /** Makes it a constant: its values, or `true` for values that don't matter. */
  constant?: readonly number[] | true;
  /** One or many (along `axis`); zero points are 0 unless given. */
  scale?: number | readonly number[];
  zeroPoint?: number;
  axis?: number;
  /** Of a constant that holds only the values that are no zeros. */
  sparsity?: TensorDraft['sparsity'];
}

/** Of the rows [1, 0, 2, 0] and [0, 3, 0, 0] only the values that are no zeros. */
export const SPARSE: NonNullable<TensorDraft['sparsity']> = {
  traversalOrder: [0, 1],
  dimMetadata: [
    { format: 'DENSE', denseSize: 2 },
    {
      format: 'SPARSE_CSR',
      arraySegments: { type: 'Uint8Vector', value: { values: [0, 2, 3] } },
      arrayIndices: { type: 'Uint8Vector', value: { values: [0, 2, 1] } },
    },
  ],
};

export interface OperatorChoice {
  /** Builtin name, or any other: a custom operator's. */
  type: string;
  version?: number;
  /** null: an optional input that is not there. */
  inputs: readonly (TensorChoice | null)[];
  outputs: readonly TensorChoice[];
  options?: OptionsDraft | null;
}

/** The model whose inputs are the operator's inputs that are no constants. */
export function oneOperator({
  type,
  version = 1,
  inputs,
  outputs,
  options,
}: OperatorChoice): Model {
  const buffers: NonNullable<ModelDraft['buffers']>[number][] = [{}];
  const tensors: TensorDraft[] = [];
  const add = (choice: TensorChoice | null): number => {
    if (choice === null) return -1;
    let buffer = 0;
    if (choice.constant !== undefined) buffer = buffers.push({ data: bytesOf(choice) }) - 1;
    const scale = typeof choice.scale === 'number' ? [choice.scale] : choice.scale;
    tensors.push({
      name: `t${tensors.length}`,
      type: choice.type,
      shape: choice.shape,
      buffer,
      sparsity: choice.sparsity ?? null,
      ...(scale === undefined
        ? {}
        : {
            quantization: {
              scale,
              zeroPoint: scale.map(() => choice.zeroPoint ?? 0),
              quantizedDimension: choice.axis ?? 0,
            },
          }),
    });
    return tensors.length - 1;
  };
  const input = inputs.map(add);
  const output = outputs.map(add);
  const builtin = isBuiltin(type);
  return complete(MODEL, {
    version: 3,
    operatorCodes: [
      builtin
        ? { ...operatorCodeOf(type), version }
        : { ...operatorCodeOf('CUSTOM'), customCode: type, version },
    ],
    subgraphs: [
      {
        name: 'main',
        tensors,
        inputs: input.filter((i, at) => i >= 0 && inputs[at]?.constant === undefined),
        outputs: output,
        operators: [{ opcodeIndex: 0, inputs: input, outputs: output, options: options ?? null }],
      },
    ],
    description: `one ${type}`,
    buffers,
  });
}

function isBuiltin(type: string): boolean {
  try {
    operatorCodeOf(type);
    return type !== 'CUSTOM';
  } catch {
    return false;
  }
}

function bytesOf({ type, shape, constant }: TensorChoice): Blob {
  if (constant === undefined || constant === true)
    return littleEndian(new Uint8Array(tensorBytes(type, shape) ?? elementCount(shape)));
  switch (type) {
    case 'FLOAT32':
      return littleEndian(Float32Array.from(constant));
    case 'INT32':
      return littleEndian(Int32Array.from(constant));
    case 'INT64':
      return littleEndian(new Uint8Array(BigInt64Array.from(constant, BigInt).buffer));
    default:
      return littleEndian(Uint8Array.from(constant));
  }
}
