import { calledGraphs } from './check-model.js';
import type { Model } from './schema/tables.js';

/**
 * The graphs that jobs run: the main one and those that it reaches by control flow. What else a file holds (further
 * signatures, initialisation that runs once) is no part of what a job is timed for.
 */
export function jobGraphs(model: Model): Set<number> {
  const found = new Set([0]);
  // what is added while it goes on has its turn as well
  for (const graph of found)
    for (const operator of model.subgraphs[graph]?.operators ?? [])
      for (const { role, graph: called } of calledGraphs(model, operator))
        if (role !== 'initialisation') found.add(called);
  return found;
}
