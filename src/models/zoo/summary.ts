import { inspectModel } from '../inspect/inspect-model.js';
import { encodeModel } from '../read-model.js';
import { type Architecture, PRECISIONS, type Precision } from './architecture.js';
import { drawModel } from './draw.js';
import { type ModelChoice, modelName } from './names.js';

/** What the list of networks says of one of them. */
export interface NetworkSummary {
  name: string;
  /** Shape of the first input, batch first. */
  input: number[];
  parameters: number;
  /** Multiply-accumulates of one inference. */
  macs: number;
  /** Two operations for each multiply-accumulate. */
  ops: number;
  /** File size in bytes at each precision; null where it cannot be built. */
  bytes: Record<Precision, number | null>;
  /** Paper. */
  source: string;
}

/** Draws a network at every precision; nothing is written and no weights are generated. */
export function summarizeNetwork(choice: ModelChoice): NetworkSummary {
  const fp32: ModelChoice = { ...choice, precision: 'fp32' };
  const report = inspectModel(drawModel(fp32, 1));
  return {
    name: modelName(fp32),
    input: report.inputs[0]?.shape ?? [],
    parameters: report.total.parameters,
    macs: report.total.macs,
    ops: report.total.ops,
    bytes: sizes(choice),
    source: choice.architecture.source,
  };
}

function sizes(choice: ModelChoice): Record<Precision, number | null> {
  const size = (precision: Precision) =>
    isBuildable(choice.architecture, precision)
      ? encodeModel(drawModel({ ...choice, precision }, 1)).byteLength
      : null;
  return Object.fromEntries(PRECISIONS.map((p) => [p, size(p)])) as Record<
    Precision,
    number | null
  >;
}

function isBuildable(architecture: Architecture, precision: Precision): boolean {
  return (architecture.precisions ?? PRECISIONS).includes(precision);
}
