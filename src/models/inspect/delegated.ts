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
  /** The share is no less, and no more, however often loops and branches run. */
  low: number;
  high: number;
}

/** Of the graphs that jobs run. */
export interface Delegated {
  nodes: { taken: number; total: number };
  work: DelegatedWork;
}

interface Count {
  taken: number;
  total: number;
}

/**
 * Counts the nodes that a delegate took of what jobs run, and weighs them by their multiply-accumulates. How often a body of
 * control flow runs is not in the file: it counts once, and the share lies between those of the graphs.
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
  const unknown = new Set<string>();
  const graphs = [...jobGraphs(model)].map((graph) => {
    const view = new GraphView(model, graph);
    const own = nodesOf(byGraph.get(graph) ?? '');
    const macs = { taken: 0, total: 0 };
    const nodes = { taken: 0, total: 0 };
    view.graph.operators.forEach((operator, node) => {
      const work = macsOf(view, operator);
      if (work === 0 && !hasKnownCost(view, operator)) unknown.add(view.operatorName(operator));
      for (const [count, amount] of [[macs, work] as const, [nodes, 1] as const]) {
        count.total += amount;
        if (own.has(node)) count.taken += amount;
      }
    });
    return { macs, nodes };
  });
  const [macs, nodes] = [graphs.map((of) => of.macs), graphs.map((of) => of.nodes)];
  const why =
    unknown.size > 0
      ? `the work of ${[...unknown].join(', ')} is not known`
      : sumOf(macs).total === 0
        ? 'the model has no multiply-accumulates'
        : null;
  return {
    nodes: sumOf(nodes),
    work:
      why === null
        ? { by: 'macs', ...sumOf(macs), why, ...rangeOf(macs) }
        : { by: 'nodes', ...sumOf(nodes), why, ...rangeOf(nodes) },
  };
}

const sumOf = (counts: readonly Count[]): Count => ({
  taken: counts.reduce((sum, { taken }) => sum + taken, 0),
  total: counts.reduce((sum, { total }) => sum + total, 0),
});

/** A mixture of them has a share between the smallest and the largest of theirs. */
function rangeOf(counts: readonly Count[]): { low: number; high: number } {
  const shares = counts.flatMap(({ taken, total }) => (total > 0 ? [taken / total] : []));
  return { low: Math.min(...shares), high: Math.max(...shares) };
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
