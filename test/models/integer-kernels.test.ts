/** Which operators the engine computes in 8 bits, tried one by one: the quantizer's table says the same, and can't rot. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it as test } from 'vitest';
import { loadAddon } from '../../src/addon/load-addon.js';
import { GraphView } from '../../src/models/inspect/graph-view.js';
import { INTEGER_OPERATORS, integerForm } from '../../src/models/quantize/operators.js';
import {
  type AffineParameters,
  affineParameters,
  fixedParameters,
} from '../../src/models/quantize/parameters.js';
import { elementCount } from '../../src/models/schema/enums.js';
import type { Model } from '../../src/models/schema/tables.js';
import { engineLibrary, engineMissing, modelBytes } from './engine.js';
import { CANDIDATES } from './integer-candidates.js';
import { type OperatorChoice, oneOperator, type TensorChoice } from './one-operator.js';

const missing = engineMissing();
const folder = mkdtempSync(join(tmpdir(), 'isochron-kernels-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Type = 'INT8' | 'UINT8';
type Values = readonly number[];
const SAMPLES = 4;
/** 8 bits over a range give about 48 dB at best. */
const RIGHT_DB = 25;

/** What the engine computes right in the trial, and is left out nevertheless: the last test says why. */
const LEFT_OUT = ['SUM'];

/** Values that 8 bits hold exactly, so that comparisons and places of maxima come out the same; 0 is not in the middle. */
function sampleOf(shape: readonly number[], seed: number, from: number): number[] {
  const random = randomNumbers(seed);
  return Array.from({ length: elementCount(shape) }, () => {
    return (Math.floor(random() * 255) + from) / 64;
  });
}

/** Small and repeatable (Park and Miller). */
function randomNumbers(seed: number): () => number {
  let state = 48271 * (seed + 1);
  return () => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

/** Outputs of one inference for each list of inputs, as stored; null where the engine won't do it. */
function outputsOf(
  choice: OperatorChoice,
  inputs: readonly (readonly Uint8Array[])[],
): { bytes: Uint8Array; type: string }[][] | null {
  const path = join(folder, 'one.tflite');
  writeFileSync(path, modelBytes(oneOperator(choice)));
  try {
    const evaluator = new (loadAddon().Evaluator)({
      kind: 'tflite',
      library: engineLibrary(),
      model: path,
      threads: 1,
      xnnpack: false,
      seed: 1,
      inputs: [],
      ranges: [],
      dumpOutput: '',
    });
    return inputs.map((sample) => {
      evaluator.invoke(sample);
      return evaluator.info().outputs.map(({ type }, k) => ({ bytes: evaluator.output(k), type }));
    });
  } catch (error) {
    if (typeof (error as { code?: string }).code === 'string') return null;
    throw error;
  }
}

const isFloat = (t: TensorChoice | null): t is TensorChoice => t?.type === 'FLOAT32';

function stored(values: Values, type: Type, { scale, zeroPoint }: AffineParameters): number[] {
  const low = type === 'INT8' ? -128 : 0;
  return values.map((v) => Math.max(low, Math.min(low + 255, Math.round(v / scale) + zeroPoint)));
}

function rangeOf(values: Values): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

interface Trial {
  choice: OperatorChoice;
  samples: Values[][];
  /** By sample and output. */
  expected: Values[][];
}

/** @param from first of the 255 steps of 1/64 that its inputs take */
function trialOf(
  choice: OperatorChoice,
  from = POSITIVE.includes(choice.type) ? 1 : -63,
): Trial | null {
  const variable = choice.inputs.filter(isFloat).filter((t) => t.constant === undefined);
  const samples = Array.from({ length: SAMPLES }, (_, s) =>
    variable.map((t, k) => sampleOf(t.shape, 7 * s + k, from)),
  );
  const found = outputsOf(
    choice,
    samples.map((sample) => sample.map((v) => bytesOf(Float32Array.from(v)))),
  );
  return found && { choice, samples, expected: found.map((o) => o.map(numbersOf)) };
}

const POSITIVE = ['SQRT', 'RSQRT', 'LOG', 'POW', 'DIV', 'FLOOR_DIV', 'FLOOR_MOD'];

/** Whether the engine computes it in this type with these scales, as the float kernel does. */
function computes(
  { choice, samples, expected }: Trial,
  type: Type,
  scales: 'own' | 'same',
): boolean {
  let place = 0;
  const ranges = choice.inputs.map((t) => {
    if (!isFloat(t)) return null;
    if (t.constant !== undefined) return rangeOf(t.constant as Values);
    const at = place++;
    return rangeOf(samples.flatMap((sample) => sample[at] ?? []));
  });
  const outputRanges = choice.outputs.map((t, k) =>
    isFloat(t) ? rangeOf(expected.flatMap((sample) => sample[k] ?? [])) : null,
  );
  const all = [...ranges, ...outputRanges].filter((r) => r !== null).flat();
  const union = affineParameters(rangeOf(all), type);
  const parametersOf = (range: [number, number] | null) =>
    range === null ? null : scales === 'same' ? union : affineParameters(range, type);
  const inputParameters = ranges.map(parametersOf);
  const fixed = fixedParameters(choice.type, type);
  const outputParameters = outputRanges.map((range) => range && (fixed ?? parametersOf(range)));
  const integer = (t: TensorChoice | null, parameters: AffineParameters | null | undefined) =>
    t === null || !parameters
      ? t
      : {
          ...t,
          ...parameters,
          type,
          ...(t.constant === undefined
            ? {}
            : { constant: stored(t.constant as Values, type, parameters) }),
        };
  const form = formOf(oneOperator(choice), type);
  const quantized: OperatorChoice = {
    ...choice,
    version: (type === 'INT8' ? form?.int8 : form?.uint8) ?? choice.version ?? 1,
    inputs: choice.inputs.map((t, k) => integer(t, inputParameters[k])),
    outputs: choice.outputs.map((t, k) => integer(t, outputParameters[k]) as TensorChoice),
  };
  const own = inputParameters.filter(
    (p, k): p is AffineParameters => p !== null && choice.inputs[k]?.constant === undefined,
  );
  const inputs = samples.map((sample) =>
    sample.map((v, k) => bytesOf(Uint8Array.from(stored(v, type, own[k] as AffineParameters)))),
  );
  const found = outputsOf(quantized, inputs);
  if (!found) return false;
  let [signal, noise] = [0, 0];
  found.forEach((outputs, s) => {
    outputs.forEach((output, k) => {
      const { scale, zeroPoint } = outputParameters[k] ?? { scale: 1, zeroPoint: 0 };
      const values = numbersOf(output);
      (expected[s]?.[k] ?? []).forEach((value, i) => {
        signal += value ** 2;
        noise += (value - scale * ((values[i] ?? Number.NaN) - zeroPoint)) ** 2;
      });
    });
  });
  return noise === 0 || 10 * Math.log10(signal / noise) > RIGHT_DB;
}

function bytesOf(values: Float32Array | Uint8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function numbersOf({ bytes, type }: { bytes: Uint8Array; type: string }): number[] {
  const whole = bytes.slice();
  if (type === 'float32') return [...new Float32Array(whole.buffer)];
  if (type === 'int32') return [...new Int32Array(whole.buffer)];
  if (type === 'int8') return [...new Int8Array(whole.buffer)];
  return [...whole];
}

function formOf(model: Model, type: Type) {
  const view = new GraphView(model);
  return integerForm(view, view.graph.operators[0] as (typeof view.graph.operators)[0], type);
}

describe.skipIf(missing)(`operators in 8 bits (${missing ?? 'with the library'})`, () => {
  test('are all tried', () => {
    const tried = new Set(CANDIDATES.map((c) => c.type));
    expect(INTEGER_OPERATORS.filter((name) => !tried.has(name))).toEqual([]);
  });

  test.each(['INT8', 'UINT8'] as const)(
    '%s: the table is what the engine computes right',
    (type) => {
      const wrong: string[] = [];
      for (const choice of CANDIDATES) {
        const trial = trialOf(choice);
        if (!trial) {
          wrong.push(`${choice.type}: not even in float`);
          continue;
        }
        const [own, same] = (['own', 'same'] as const).map((s) => computes(trial, type, s));
        const form = formOf(oneOperator(choice), type);
        const said = form ? (form.scales === 'same' ? 'same' : 'any') : 'none';
        const right = own || same;
        const holds =
          said === 'same' ? same : said === 'any' ? own : !right || LEFT_OUT.includes(choice.type);
        if (!holds)
          wrong.push(
            `${choice.type}: the table says ${said}; own scales ${own}, same scale ${same}`,
          );
      }
      expect(wrong).toEqual([]);
    },
  );

  test.each(['INT8', 'UINT8'] as const)(
    '%s: SUM is left out, right as it is for some values',
    (type) => {
      const [sum] = CANDIDATES.filter((c) => c.type === 'SUM' && c.outputs[0]?.shape.length === 0);
      const trials = [-63, -127].map((from) => sum && trialOf(sum, from));
      expect(trials.map((trial) => trial && computes(trial, type, 'own'))).toEqual([true, false]);
      expect(INTEGER_OPERATORS).not.toContain('SUM');
    },
  );
});
