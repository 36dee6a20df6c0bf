/** The operands that the reader asks for, against the engine: with one fewer it refuses the model or breaks down. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/models/schema/enums.js';
import { leastOperands } from '../../src/models/schema/operands.js';
import { engineLibrary, engineMissing, modelBytes } from './engine.js';
import { ENGINE, MutantProcess } from './mutant-process.js';
import { oneOperator, type TensorChoice } from './one-operator.js';

const missing = engineMissing();
const folder = mkdtempSync(join(tmpdir(), 'isochron-operands-'));
const engine = new MutantProcess(ENGINE);
afterAll(() => {
  engine.end();
  rmSync(folder, { recursive: true });
});

const tensor: TensorChoice = { type: 'FLOAT32', shape: [1, 4, 4, 8] };

/** The engine's words about the number of operands. */
const COUNTED = /NumInputs|num_inputs|inputs->size|Invalid tensor index/;
/** Newer than the engine. */
const NEWER = ['ATAN2', 'BITCAST', 'BITWISE_XOR', 'RELU_0_TO_1', 'RIGHT_SHIFT', 'SIGN'];
/** Its kernel finds fault with a shape before it counts. */
const ELSEWISE = ['PADV2'];

describe.skipIf(missing)(`operands (${missing ?? 'with the engine'})`, () => {
  it('are what the engine asks for: with one fewer it refuses the model because of their number', async () => {
    const others: string[] = [];
    const listed = OPERATORS.filter((type) => leastOperands(type).inputs > 0);
    for (const type of listed) {
      const inputs = Array(leastOperands(type).inputs - 1).fill(tensor);
      const version = type === 'BROADCAST_TO' ? 2 : 1;
      const bytes = modelBytes(oneOperator({ type, version, inputs, outputs: [tensor] }));
      const path = join(folder, 'm.tflite');
      const outcome = await engine.ask({ bytes, path, library: engineLibrary(), invoke: true });
      if (outcome.kind !== 'refused' || !COUNTED.test(outcome.message)) others.push(type);
    }
    expect(others.sort()).toEqual([...NEWER, ...ELSEWISE].sort());
    expect(listed.length).toBeGreaterThan(100);
  });
});
