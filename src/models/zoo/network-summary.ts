import { inspectModel } from '../inspect/inspect-model.js';
import { encodeModel } from '../read-model.js';
import { PRECISIONS, type Precision } from './architecture.js';
import { atPrecision, drawFloat } from './draw.js';
import { type ModelChoice, modelName } from './names.js';

/** What the list of networks says of one of them. */
export interface NetworkSummary {
  /** By which a definition's workload names it. */
  name: string;
  /** Shape of the first input, batch first. */
  input: number[];
  /** Numbers that are learnt. */
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
  const { architecture } = choice;
  const float = drawFloat(choice, 1);
  const report = inspectModel(float.model);
  const size = (precision: Precision) =>
    (architecture.precisions ?? PRECISIONS).includes(precision)
      ? encodeModel(atPrecision(float, precision)).byteLength
      : null;
  return {
    name: modelName({ ...choice, precision: 'fp32' }),
    input: report.inputs[0]?.shape ?? [],
    parameters: report.total.parameters,
    macs: report.total.macs,
    ops: report.total.ops,
    bytes: Object.fromEntries(PRECISIONS.map((p) => [p, size(p)])) as NetworkSummary['bytes'],
    source: architecture.source,
  };
}
