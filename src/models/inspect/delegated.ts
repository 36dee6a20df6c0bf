/** How much of a model's work a delegate took, from the nodes that it really took. */
import { isCustom } from '../schema/enums.js';
import type { Model, Operator } from '../schema/tables.js';
import { macsOf } from './cost.js';
import { GraphView } from './graph-view.js';

export interface DelegatedWork {
  /** What is counted: multiply-accumulates, or nodes where these can't be told. */
  by: 'macs' | 'nodes';
  taken: number;
  total: number;
  /** Why nodes are counted; null for multiply-accumulates. */
  why: string | null;
}

/**
 * Weighs the nodes that a delegate took by their multiply-accumulates. A body of control flow counts once, however often
 * it runs.
 *
 * @param taken for each graph of the model the nodes that were taken, as `0-27,30`
 */
export function delegatedWork(model: Model, taken: readonly string[]): DelegatedWork {
  const work = { macs: { taken: 0, total: 0 }, nodes: { taken: 0, total: 0 } };
  const unknown = new Set<string>();
  model.subgraphs.forEach((graph, i) => {
    const view = new GraphView(model, i);
    const own = nodesOf(taken[i] ?? '');
    graph.operators.forEach((operator, node) => {
      const macs = macsOf(view, operator);
      if (macs === 0 && !hasKnownCost(view, operator)) unknown.add(view.operatorName(operator));
      work.macs.total += macs;
      work.nodes.total++;
      if (!own.has(node)) return;
      work.macs.taken += macs;
      work.nodes.taken++;
    });
  });
  const why =
    unknown.size > 0
      ? `the work of ${[...unknown].join(', ')} is not known`
      : work.macs.total === 0
        ? 'the model has no multiply-accumulates'
        : null;
  return why === null ? { by: 'macs', ...work.macs, why } : { by: 'nodes', ...work.nodes, why };
}

/** Operators that multiply matrices, of which no multiply-accumulates are counted everywhere. */
const HEAVY = /LSTM|RNN|^SVDF$|^CONV|_CONV|MATMUL|^FULLY_CONNECTED$|^RFFT2D$/;

function hasKnownCost(view: GraphView, operator: Operator): boolean {
  const code = view.model.operatorCodes[operator.opcodeIndex];
  return code !== undefined && !isCustom(code) && !HEAVY.test(view.operatorName(operator));
}

/** `0-27,30` as numbers. */
export function nodesOf(ranges: string): Set<number> {
  const nodes = new Set<number>();
  for (const range of ranges.split(',')) {
    if (range === '') continue;
    const [from, to] = range.split('-').map(Number);
    for (let node = from as number; node <= (to ?? (from as number)); node++) nodes.add(node);
  }
  return nodes;
}
