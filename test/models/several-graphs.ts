/** Models of several graphs, each of operators that have nothing to do with one another. */
import { complete } from '../../src/models/schema/spec.js';
import { MODEL, type Model, type SubGraph } from '../../src/models/schema/tables.js';
import { type OperatorChoice, oneOperator } from './one-operator.js';

/** @param graphs their names and operators, none of which may have constants */
export function severalGraphs(graphs: readonly (readonly [string, OperatorChoice[]])[]): Model {
  const operatorCodes: Model['operatorCodes'] = [];
  const subgraphs = graphs.map(([name, choices]) => {
    const [empty] = oneOperator({ type: 'ADD', inputs: [], outputs: [] }).subgraphs;
    const merged: SubGraph = { ...(empty as SubGraph), name, outputs: [], operators: [] };
    for (const choice of choices) {
      const { operatorCodes: codes, subgraphs: own } = oneOperator(choice);
      const [graph] = own as [SubGraph];
      const shift = (tensors: readonly number[]) => tensors.map((t) => t + merged.tensors.length);
      merged.inputs.push(...shift(graph.inputs));
      merged.outputs.push(...shift(graph.outputs));
      merged.operators.push(
        ...graph.operators.map((o) => ({
          ...o,
          opcodeIndex: operatorCodes.length,
          inputs: shift(o.inputs),
          outputs: shift(o.outputs),
        })),
      );
      merged.tensors.push(...graph.tensors);
      operatorCodes.push(...codes);
    }
    return merged;
  });
  return complete(MODEL, { version: 3, operatorCodes, subgraphs, buffers: [{}] });
}
