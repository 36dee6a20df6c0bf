/** The tables of a .tflite file (tensorflow/lite/schema/schema.fbs, version 3c) as descriptions; their types follow. */
import { TENSOR_TYPES } from './enums.js';
import { BUILTIN_OPTIONS } from './options.js';
import { BUILTIN_OPTIONS_2 } from './options2.js';
import {
  blob,
  bool,
  child,
  children,
  type Draft,
  i8,
  i32,
  numbers,
  oneOf,
  optionalChildren,
  optionalNumbers,
  type Read,
  skipped,
  text,
  u32,
  u64,
  union,
} from './spec.js';

const QUANTIZATION = {
  min: optionalNumbers('f32'),
  max: optionalNumbers('f32'),
  scale: optionalNumbers('f32'),
  zeroPoint: optionalNumbers('i64'),
  details: union({
    CustomQuantization: { custom: blob() },
    /** Of newer files: scales and zero points are tensors. */
    BlockwiseQuantization: { scales: i32(), zeroPoints: i32(), blockSize: i32() },
  } as const),
  quantizedDimension: i32(),
} as const;

const SPARSE_INDICES = {
  Int32Vector: { values: numbers('i32') },
  Uint16Vector: { values: numbers('u16') },
  Uint8Vector: { values: numbers('u8') },
} as const;

const SPARSITY = {
  traversalOrder: numbers('i32'),
  blockMap: optionalNumbers('i32'),
  dimMetadata: children({
    format: oneOf(['DENSE', 'SPARSE_CSR']),
    denseSize: i32(),
    arraySegments: union(SPARSE_INDICES),
    arrayIndices: union(SPARSE_INDICES),
  } as const),
} as const;

const TENSOR = {
  shape: numbers('i32'),
  type: oneOf(TENSOR_TYPES),
  buffer: u32(),
  name: text(),
  quantization: child(QUANTIZATION),
  isVariable: bool(),
  sparsity: child(SPARSITY),
  /** The shape with -1 for what is unknown. */
  shapeSignature: optionalNumbers('i32'),
  hasRank: bool(),
  variantTensors: optionalChildren({
    shape: numbers('i32'),
    type: oneOf(TENSOR_TYPES),
    hasRank: bool(),
  } as const),
} as const;

const OPERATOR_CODE = {
  /** The code as one byte, for old readers; see enums.ts. */
  deprecatedBuiltinCode: i8(),
  customCode: text(),
  version: i32(1),
  builtinCode: i32(),
} as const;

const OPERATOR = {
  opcodeIndex: u32(),
  /** Tensor indices; -1 stands for an optional input that is not there. */
  inputs: numbers('i32'),
  outputs: numbers('i32'),
  options: union(BUILTIN_OPTIONS),
  customOptions: blob(),
  customOptionsFormat: i8(),
  mutatingVariableInputs: optionalNumbers('u8'),
  intermediates: optionalNumbers('i32'),
  /** For files beyond 2 GB: where the custom options lie, from the start of the file. Valid when above 1. */
  largeCustomOptionsOffset: u64(),
  largeCustomOptionsSize: u64(),
  options2: union(BUILTIN_OPTIONS_2),
} as const;

const SUBGRAPH = {
  tensors: children(TENSOR),
  inputs: numbers('i32'),
  outputs: numbers('i32'),
  operators: children(OPERATOR),
  name: text(),
} as const;

const BUFFER = {
  data: blob(),
  /** For files beyond 2 GB: where the data lie, from the start of the file. Valid when above 1. */
  offset: u64(),
  size: u64(),
} as const;

const TENSOR_MAP = { name: text(), tensorIndex: u32() } as const;

export const MODEL = {
  version: u32(),
  operatorCodes: children(OPERATOR_CODE),
  subgraphs: children(SUBGRAPH),
  description: text(),
  /** The first one is empty by convention: tensors without data refer to it. */
  buffers: children(BUFFER),
  metadataBuffer: optionalNumbers('i32'),
  metadata: optionalChildren({ name: text(), buffer: u32() } as const),
  signatureDefs: optionalChildren({
    inputs: children(TENSOR_MAP),
    outputs: children(TENSOR_MAP),
    signatureKey: text(),
    deprecatedTag: skipped(),
    subgraphIndex: u32(),
  } as const),
} as const;

/** FlatBuffers' file identifier, bytes 4 to 7 of the file. */
export const IDENTIFIER = 'TFL3';

export type Model = Read<typeof MODEL>;
export type SubGraph = Read<typeof SUBGRAPH>;
export type Tensor = Read<typeof TENSOR>;
export type Quantization = Read<typeof QUANTIZATION>;
export type Operator = Read<typeof OPERATOR>;
export type OperatorCode = Read<typeof OPERATOR_CODE>;

export type ModelDraft = Draft<typeof MODEL>;
export type TensorDraft = Draft<typeof TENSOR>;
export type OperatorDraft = Draft<typeof OPERATOR>;
export type QuantizationDraft = Draft<typeof QUANTIZATION>;
export type OptionsDraft = NonNullable<OperatorDraft['options']>;
