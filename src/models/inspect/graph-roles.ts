import { calledGraphs } from '../check-model.js';
import type { Model, Operator } from '../schema/tables.js';
import { GraphView } from './graph-view.js';

/**
 * What runs each graph, in words: `body of WHILE (operator 3 of graph 0)`, `decomposition of composite odml.rms_norm (operator 0
 * of graph 0)`, `signature "add"`.
 */
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
      for (const { role, graph: called } of calledGraphs(model, operator))
        add(called, `${role} of ${callerName(view, operator)} (operator ${i} of graph ${index})`);
    });
  });
  for (const { subgraphIndex, signatureKey } of model.signatureDefs)
    add(subgraphIndex, `signature "${signatureKey ?? ''}"`);
  return roles;
}

/** Composites are told apart by their own names. */
function callerName(view: GraphView, operator: Operator): string {
  const { options2 } = operator;
  return options2?.type === 'StableHLOCompositeOptions' && options2.value.name !== null
    ? `composite ${options2.value.name}`
    : view.operatorName(operator);
}
