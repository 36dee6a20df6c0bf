import { isCustom, OPERATORS, operatorNameOf, tensorBytes } from '../schema/enums.js';
import type { Model, Operator, SubGraph, Tensor } from '../schema/tables.js';

/** Questions about one graph of a model that every analysis and every rewriting asks. */
export class GraphView {
  readonly graph: SubGraph;
  /** Operator that writes a tensor, by tensor index. */
  readonly #producers = new Map<number, Operator>();
  /** What `storedConstant` has found, so that a chain is followed once. */
  readonly #constantsBehind = new Map<number, number | null>();

  constructor(
    readonly model: Model,
    index = 0,
  ) {
    const graph = model.subgraphs[index];
    if (!graph) throw new RangeError(`there is no graph ${index}`);
    this.graph = graph;
    for (const operator of graph.operators)
      for (const output of operator.outputs) this.#producers.set(output, operator);
  }

  tensor(index: number): Tensor {
    const tensor = this.graph.tensors[index];
    if (!tensor) throw new RangeError(`there is no tensor ${index}`);
    return tensor;
  }

  /** Builtin name, or the name of a custom operator. */
  operatorName(operator: Operator): string {
    const code = this.model.operatorCodes[operator.opcodeIndex];
    if (!code) throw new RangeError(`there is no operator code ${operator.opcodeIndex}`);
    if (!isCustom(code)) return operatorNameOf(code);
    const name = code.customCode ?? 'CUSTOM';
    // Custom operators may be called like a builtin one, and are none.
    return OPERATORS.includes(name) ? `custom ${name}` : name;
  }

  isCustom(operator: Operator): boolean {
    const code = this.model.operatorCodes[operator.opcodeIndex];
    return code !== undefined && isCustom(code);
  }

  isConstant(index: number): boolean {
    const { buffer, isVariable } = this.tensor(index);
    // Buffer 0 stands for none, whatever it holds.
    return !isVariable && buffer !== 0 && (this.model.buffers[buffer]?.data?.byteLength ?? 0) > 0;
  }

  /** Bytes that the file stores for a constant. */
  storedBytes(index: number): number {
    return this.model.buffers[this.tensor(index).buffer]?.data?.byteLength ?? 0;
  }

  /** The stored constant behind a tensor, through DEQUANTIZE and DENSIFY of constants, or null for what is computed. */
  storedConstant(index: number): number | null {
    const passed: number[] = [];
    let found: number | null = null;
    for (let at = index; ; ) {
      const known = this.#constantsBehind.get(at);
      if (known !== undefined || this.isConstant(at)) {
        found = known === undefined ? at : known;
        break;
      }
      // Until the end is known it counts as computed: a tensor that is written twice can lead back to itself.
      this.#constantsBehind.set(at, null);
      passed.push(at);
      const producer = this.#producers.get(at);
      if (!producer || !['DEQUANTIZE', 'DENSIFY'].includes(this.operatorName(producer))) break;
      at = producer.inputs[0] as number;
    }
    for (const tensor of passed) this.#constantsBehind.set(tensor, found);
    return found;
  }

  /** Whether the operator only unpacks a constant: it costs no time per inference worth counting. */
  unpacksConstant(operator: Operator): boolean {
    return (
      operator.outputs.length > 0 && operator.outputs.every((o) => this.storedConstant(o) !== null)
    );
  }

  /** Size of a tensor in memory; 0 where type or shape does not fix it. */
  bytes(index: number): number {
    const { type, shape } = this.tensor(index);
    return Math.max(0, tensorBytes(type, shape) ?? 0);
  }
}
