import { calledGraphs } from '../check-model.js';
import type { Model } from '../schema/tables.js';
import { GraphView } from './graph-view.js';

/** What runs each graph, in words: `body of WHILE (operator 3 of graph 0)`, `signature "add"`. */
export function graphRoles(model: Model): Map<number, string[]> {
  const roles = new Map<number, string[]>();
  const add = (graph: number, role: string) => {
    const known = roles.get(graph);
    if (known) known.push(role);
    else roles.set(graph, [role]);
  };
  model.subgraphs.forEach((graph, index) => {
    const view = new GraphView(model, index);
    graph.operators.forEach((operator, i) => {
      for (const { role, graph: called } of calledGraphs(operator))
        add(called, `${role} of ${view.operatorName(operator)} (operator ${i} of graph ${index})`);
    });
  });
  for (const { subgraphIndex, signatureKey } of model.signatureDefs)
    add(subgraphIndex, `signature "${signatureKey ?? ''}"`);
  return roles;
}
