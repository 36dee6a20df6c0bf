/**
 * Options of the operators that came after the union of options.ts was full: the members of the schema's union
 * `BuiltinOptions2`, in the order of their numbers.
 */
import { blob, bool, i8, i32, i64, numbers, text } from './spec.js';

const places = numbers('i64');

export const BUILTIN_OPTIONS_2 = {
  StablehloConcatenateOptions: { dimension: i64() },
  StablehloBroadcastInDimOptions: { broadcastDimensions: places },
  StablehloSliceOptions: { startIndices: places, limitIndices: places, strides: places },
  StablehloConvolutionOptions: {
    windowStrides: places,
    padding: places,
    lhsDilation: places,
    rhsDilation: places,
    windowReversal: numbers('u8'),
    inputBatchDimension: i64(),
    inputFeatureDimension: i64(),
    inputSpatialDimensions: places,
    kernelInputFeatureDimension: i64(),
    kernelOutputFeatureDimension: i64(),
    kernelSpatialDimensions: places,
    outputBatchDimension: i64(),
    outputFeatureDimension: i64(),
    outputSpatialDimensions: places,
    featureGroupCount: i64(),
    batchGroupCount: i64(),
    precisionConfig: numbers('u32'),
  },
  StablehloCustomCallOptions: {
    callTargetName: text(),
    hasSideEffect: bool(),
    backendConfig: text(),
    apiVersion: i32(),
    calledComputations: numbers('i32'),
    customAttributes: blob(),
  },
  StablehloReduceOptions: { dimensions: places, bodySubgraphIndex: i32() },
  StablehloScatterOptions: {
    indicesAreSorted: bool(),
    updateWindowDims: places,
    insertedWindowDims: places,
    scatterDimsToOperandDims: places,
    indexVectorDim: i64(),
    uniqueIndices: bool(),
    updateComputationSubgraphIndex: i32(),
  },
  StablehloCompareOptions: { comparisonDirection: i32(), compareType: i32() },
  StablehloDynamicSliceOptions: { sliceSizes: places },
  StablehloPadOptions: {
    edgePaddingLow: places,
    edgePaddingHigh: places,
    interiorPadding: places,
  },
  StablehloIotaOptions: { iotaDimension: i64() },
  StablehloDotGeneralOptions: {
    lhsBatchingDimensions: places,
    rhsBatchingDimensions: places,
    lhsContractingDimensions: places,
    rhsContractingDimensions: places,
    precisionConfig: numbers('u32'),
  },
  StablehloReduceWindowOptions: {
    windowDimensions: places,
    windowStrides: places,
    baseDilations: places,
    windowDilations: places,
    padding: places,
    bodySubgraphIndex: i32(),
  },
  StablehloSortOptions: { dimension: i64(), isStable: bool(), comparatorSubgraphIndex: i32() },
  StablehloWhileOptions: { condSubgraphIndex: i32(), bodySubgraphIndex: i32() },
  StablehloGatherOptions: {
    offsetDims: places,
    collapsedSliceDims: places,
    startIndexMap: places,
    indexVectorDim: i64(),
    sliceSizes: places,
    indicesAreSorted: bool(),
  },
  StablehloTransposeOptions: { permutation: places },
  DilateOptions: {},
  StablehloRngBitGeneratorOptions: { algorithm: i8() },
  ReduceWindowOptions: { reduceFunction: i32() },
  StableHLOCompositeOptions: {
    name: text(),
    decompositionSubgraphIndex: i32(),
    compositeAttributes: blob(),
    compositeAttributesFormat: i8(),
    version: i32(),
  },
} as const;
