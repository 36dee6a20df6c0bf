import { checkOperator } from './check-operator.js';
import { FormatError } from './schema/decode.js';
import { isCustom, operatorNameOf, tensorBytes } from './schema/enums.js';
import { leastOperands } from './schema/operands.js';
import type { Model, Operator, SubGraph } from './schema/tables.js';

/**
 * Checks one graph: its indices, that each operator has the tensors that it can't do without, and that whatever is read has
 * been written before.
 *
 * @param where after the name of an operator or tensor, where there are several graphs
 * @throws FormatError
 */
export function checkGraph(model: Model, graph: SubGraph, where: string): void {
  const count = graph.tensors.length;
  if (count === 0) throw new FormatError(`it has no tensors${where}`);
  for (const i of [...graph.inputs, ...graph.outputs])
    within(i, count, `the list of inputs and outputs${where}`, 'tensor');
  const order = new Order(model, graph, where);
  graph.operators.forEach((operator, i) => {
    const name = `operator ${i}${where}`;
    within(operator.opcodeIndex, model.operatorCodes.length, name, 'operator code');
    for (const input of operator.inputs) if (input !== -1) within(input, count, name, 'tensor');
    for (const output of operator.outputs) within(output, count, name, 'tensor');
    for (const t of operator.intermediates)
      if (t !== -1) within(t, count, `${name}, in its intermediates,`, 'tensor');
  });
  graph.operators.forEach((operator, i) => {
    const code = model.operatorCodes[operator.opcodeIndex] as Model['operatorCodes'][0];
    const type = isCustom(code) ? 'CUSTOM' : operatorNameOf(code);
    const name = `operator ${i}${where} (${isCustom(code) ? (code.customCode ?? type) : type})`;
    const { inputs, outputs } = leastOperands(type);
    const given = operator.inputs.slice(0, inputs).filter((t) => t !== -1).length;
    if (given < inputs)
      throw new FormatError(`${name} has ${given} of the ${inputs} inputs that it needs`);
    if (operator.outputs.length < outputs) throw new FormatError(`${name} has no output`);
    checkOperator(graph, operator, type, name);
    order.run(operator, type, name);
  });
  order.end();
}

/** What has a value while the operators run one after the other. */
class Order {
  readonly #written = new Set<number>();

  readonly #model: Model;
  readonly #graph: SubGraph;
  readonly #where: string;

  constructor(model: Model, graph: SubGraph, where: string) {
    this.#model = model;
    this.#graph = graph;
    this.#where = where;
    for (const input of graph.inputs) {
      if (this.#isConstant(input))
        throw new FormatError(`${this.#title(input)} is an input and a constant`);
      this.#written.add(input);
    }
  }

  run(operator: Operator, type: string, name: string): void {
    operator.inputs.forEach((input, position) => {
      // The engine takes the shape from the tensor of the output then.
      const aside = type === 'RESHAPE' && position === 1;
      if (input === -1 || aside || this.#hasValue(input)) return;
      throw new FormatError(`${name} reads ${this.#title(input)} before it is written`);
    });
    for (const output of operator.outputs) {
      if (operator.inputs.includes(output))
        throw new FormatError(`${name} reads and writes ${this.#title(output)}`);
      if (this.#isConstant(output))
        throw new FormatError(`${name} writes to ${this.#title(output)}, a constant`);
      this.#written.add(output);
    }
  }

  end(): void {
    for (const output of this.#graph.outputs)
      if (!this.#hasValue(output))
        throw new FormatError(`nothing writes ${this.#title(output)}, an output`);
  }

  #hasValue(index: number): boolean {
    const { type, shape, isVariable, quantization } = this.#tensor(index);
    if (this.#written.has(index) || isVariable || this.#isConstant(index)) return true;
    // A form of newer files: what an engine makes of it is the engine's to say.
    if (quantization?.details?.type === 'BlockwiseQuantization') return true;
    // Nothing to be read: empty ones, and those whose size only their contents tell, which start out empty.
    return (tensorBytes(type, shape) ?? 0) === 0;
  }

  #isConstant(index: number): boolean {
    const { buffer, isVariable } = this.#tensor(index);
    return !isVariable && buffer !== 0 && (this.#model.buffers[buffer]?.data?.byteLength ?? 0) > 0;
  }

  #title(index: number): string {
    return `${this.#tensor(index).name ?? `tensor ${index}`}${this.#where}`;
  }

  #tensor(index: number): SubGraph['tensors'][0] {
    return this.#graph.tensors[index] as SubGraph['tensors'][0];
  }
}

/** @throws FormatError where `who` names one of `count` things that is not there */
export function within(index: number, count: number, who: string, what: string): void {
  if (index < 0 || index >= count)
    throw new FormatError(`${who} refers to ${what} ${index}, and there are ${count}`);
}
