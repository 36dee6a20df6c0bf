/** How much of a model's work a delegate took, from the nodes that it really took. */

import { jobGraphs } from '../job-graphs.js';
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

/** Of the graphs that jobs run. */
export interface Delegated {
  nodes: { taken: number; total: number };
  work: DelegatedWork;
}

/**
 * Counts the nodes that a delegate took of what jobs run, and weighs them by their multiply-accumulates. A body of control
 * flow counts once, however often it runs.
 *
 * @param taken for each graph that the engine offered to the delegate the nodes that were taken, as `0-27,30`
 * @param offered nodes of these graphs
 * @returns null where this can't be the model that ran
 */
export function delegatedWork(
  model: Model,
  taken: readonly string[],
  offered: number,
): Delegated | null {
  const byGraph = takenByGraph(model, taken, offered);
  if (byGraph === null) return null;
  const work = { macs: { taken: 0, total: 0 }, nodes: { taken: 0, total: 0 } };
  const unknown = new Set<string>();
  for (const graph of jobGraphs(model)) {
    const view = new GraphView(model, graph);
    const own = nodesOf(byGraph.get(graph) ?? '');
    view.graph.operators.forEach((operator, node) => {
      const macs = macsOf(view, operator);
      if (macs === 0 && !hasKnownCost(view, operator)) unknown.add(view.operatorName(operator));
      work.macs.total += macs;
      work.nodes.total++;
      if (!own.has(node)) return;
      work.macs.taken += macs;
      work.nodes.taken++;
    });
  }
  const why =
    unknown.size > 0
      ? `the work of ${[...unknown].join(', ')} is not known`
      : work.macs.total === 0
        ? 'the model has no multiply-accumulates'
        : null;
  return {
    nodes: work.nodes,
    work: why === null ? { by: 'macs', ...work.macs, why } : { by: 'nodes', ...work.nodes, why },
  };
}

/** An engine offers each graph of the file in its order, newer ones all but those whose names begin with `VALIDATION:`. */
function takenByGraph(
  model: Model,
  taken: readonly string[],
  offered: number,
): Map<number, string> | null {
  const all = [...model.subgraphs.entries()];
  const few = all.filter(([, { name }]) => !name?.startsWith('VALIDATION:'));
  const graphs = [all, few].find((list) => list.length === taken.length);
  const nodes = graphs?.reduce((sum, [, { operators }]) => sum + operators.length, 0);
  if (!graphs || nodes !== offered) return null;
  return new Map(graphs.map(([graph], i) => [graph, taken[i] as string]));
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
