import { isCustom } from '../schema/enums.js';
import type { Model } from '../schema/tables.js';

/** What a model needs that TensorFlow Lite's own library does not have, in the words of `run`, and what helps. */
export interface ForeignNeed {
  /** What it needs of an engine, a few words. */
  what: string;
  /** What to do about it. */
  hint: string;
}

/** Operators of others that are known by their names; native/src/workload/tflite/tflite_workload.cc says the same of them. */
export function foreignNeeds(model: Model): ForeignNeed[] {
  const used = new Set(model.subgraphs.flatMap((g) => g.operators.map((o) => o.opcodeIndex)));
  const names = model.operatorCodes
    .filter((code, i) => used.has(i) && isCustom(code))
    .map((code) => code.customCode ?? '');
  const needs: ForeignNeed[] = [];
  if (names.includes('edgetpu-custom-op'))
    needs.push({
      what: 'is compiled for the Coral Edge TPU',
      hint: 'Use the file that it was compiled from: the one without _edgetpu in its name.',
    });
  const flex = names.filter((name) => name.startsWith('Flex')).map((name) => name.slice(4));
  if (flex.length > 0)
    needs.push({
      what: `needs the operator${flex.length > 1 ? 's' : ''} ${flex.join(', ')} of TensorFlow itself (Select TF ops)`,
      hint: 'Convert the model without Select TF ops (only TFLITE_BUILTINS), or use a library that has them built in (--engine PATH).',
    });
  return needs;
}
