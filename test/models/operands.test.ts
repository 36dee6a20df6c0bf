/** The operands that the reader asks for, against the engine: what it does with fewer, and with more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it as test } from 'vitest';
import { parseModel } from '../../src/models/read-model.js';
import { OPERATORS } from '../../src/models/schema/enums.js';
import { leastOperands } from '../../src/models/schema/operands.js';
import { engineLibrary, engineMissing, modelBytes } from './engine.js';
import { ENGINE, MutantProcess } from './mutant-process.js';
import { type OperatorChoice, oneOperator, type TensorChoice } from './one-operator.js';

const missing = engineMissing();
const folder = mkdtempSync(join(tmpdir(), 'isochron-operands-'));
const engine = new MutantProcess(ENGINE);
afterAll(() => {
  engine.end();
  rmSync(folder, { recursive: true });
});

const tensor: TensorChoice = { type: 'FLOAT32', shape: [1, 4, 4, 8] };

/** The engine's words about the number of operands. */
const COUNTED = /Num(In|Out)puts|num_(in|out)puts|(in|out)puts->size|Invalid tensor index/;
/** Newer than the engine. */
const NEWER = ['ATAN2', 'BITCAST', 'BITWISE_XOR', 'RELU_0_TO_1', 'RIGHT_SHIFT', 'SIGN'];
/** Its kernel finds fault with a shape before it counts. */
const ELSEWISE = ['PADV2'];

/** They take any number of inputs. */
const MANY = ['ADD_N', 'CONCATENATION'];
/** An output more or less changes what they do; then a shape, a type or an option is wrong first. */
const OTHER_OUTPUTS = ['IF', 'MIRROR_PAD', 'DYNAMIC_UPDATE_SLICE', 'REDUCE_ALL', 'REDUCE_ANY'];

const listed = OPERATORS.filter((type) => leastOperands(type).inputs > 0);

function operatorOf(type: string, inputs: number, outputs: number): OperatorChoice {
  const version = type === 'BROADCAST_TO' ? 2 : 1;
  const of = (count: number): TensorChoice[] => Array(count).fill(tensor);
  return { type, version, inputs: of(inputs), outputs: of(outputs) };
}

/** What the engine does with it: `counted` for a refusal because of the number of operands. */
async function outcomeOf(choice: OperatorChoice): Promise<string> {
  const path = join(folder, 'm.tflite');
  const bytes = modelBytes(oneOperator(choice));
  const real = await engine.ask({ bytes, path, library: engineLibrary(), invoke: true });
  return real.kind === 'refused' && COUNTED.test(real.message) ? 'counted' : real.kind;
}

describe.skipIf(missing)(`operands (${missing ?? 'with the engine'})`, () => {
  test('are what the engine asks for: with one fewer it refuses the model because of their number', async () => {
    const others: string[] = [];
    for (const type of listed)
      if ((await outcomeOf(operatorOf(type, leastOperands(type).inputs - 1, 1))) !== 'counted')
        others.push(type);
    expect(others.sort()).toEqual([...NEWER, ...ELSEWISE].sort());
    expect(listed.length).toBeGreaterThan(100);
  });

  test('beyond what any form of an operator has are refused by the engine, or used', async () => {
    const others = new Map<string, string>();
    for (const type of listed) {
      const outcome = await outcomeOf(operatorOf(type, leastOperands(type).inputs + 4, 1));
      if (outcome !== 'counted') others.set(type, outcome);
    }
    const refused = [...NEWER, 'IF', 'MIRROR_PAD', 'DYNAMIC_UPDATE_SLICE'];
    expect(Object.fromEntries(others)).toEqual(
      Object.fromEntries([
        ...MANY.map((type) => [type, 'done']),
        ...refused.map((type) => [type, 'refused']),
      ]),
    );
  });

  test('that are one output too many are refused, and by the reader where the engine leaves it unwritten', async () => {
    const others = new Map<string, string>();
    for (const type of listed) {
      const outcome = await outcomeOf(operatorOf(type, leastOperands(type).inputs, 2));
      if (outcome !== 'counted') others.set(type, outcome);
    }
    const refused = [...NEWER, ...OTHER_OUTPUTS, 'HASHTABLE_LOOKUP', 'TOPK_V2', 'UNIQUE'];
    expect(Object.fromEntries(others)).toEqual(
      Object.fromEntries([['CONCATENATION', 'done'], ...refused.map((type) => [type, 'refused'])]),
    );
    expect(() => parseModel(modelBytes(oneOperator(operatorOf('CONCATENATION', 1, 2))))).toThrow(
      'operator 0 (CONCATENATION) has 2 outputs, and writes one',
    );
  });

  test('include an output: without one the engine refuses the model, and the reader before it', async () => {
    const others: string[] = [];
    for (const type of listed) {
      const choice = operatorOf(type, leastOperands(type).inputs, 0);
      if (!['counted', 'refused'].includes(await outcomeOf(choice))) others.push(type);
      if (leastOperands(type).outputs > 0)
        expect(() => parseModel(modelBytes(oneOperator(choice)))).toThrow('has no output');
    }
    expect(others).toEqual([]);
  });
});
