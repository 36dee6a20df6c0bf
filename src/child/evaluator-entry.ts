/** The process of an Evaluator: it alone loads the engine, and ends when its parent lets go of it. */

import { loadAddon } from '../addon/load-addon.js';
import type { NativeEvaluator, WorkloadInfo } from '../addon/native.js';
import { toErrorInfo } from '../kernel/errors.js';
import { onEndingSignals } from '../kernel/signals.js';
import { ValueRange } from '../metrics/value-range.js';
import { ParentLink } from './parent-link.js';
import { type FromEvaluator, LIMITS, type ToEvaluator } from './protocol.js';

let model: NativeEvaluator | undefined;
let info: NonNullable<WorkloadInfo['tflite']> | undefined;
const watched = new Map<number, ValueRange>();

function answer(question: Exclude<ToEvaluator, { type: 'end' }>): FromEvaluator {
  if (question.type === 'load') {
    const { library, model: path, threads, xnnpack } = question;
    const addon = loadAddon();
    // the engine runs on this thread, which then hears of nothing
    if (!addon.dieWithParent(Number(process.argv[2]))) process.exit(0);
    model = new addon.Evaluator({
      kind: 'tflite',
      library,
      model: path,
      threads,
      xnnpack,
      seed: 0,
      inputs: [],
      ranges: [],
      dumpOutput: '',
    });
    info = model.info();
    return { type: 'loaded', info };
  }
  if (!model || !info) throw new Error('no model is loaded');
  const { outputs } = info;
  switch (question.type) {
    case 'invoke': {
      model.invoke(question.inputs);
      const loaded = model;
      return { type: 'outputs', outputs: outputs.map((_, i) => loaded.output(i)) };
    }
    case 'watch':
      model.invoke(question.inputs);
      for (const [i, { type }] of outputs.entries()) {
        if (type !== 'float32') continue;
        const range = watched.get(i) ?? new ValueRange(question.tails);
        watched.set(i, range);
        const bytes = model.output(i);
        range.add(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4));
      }
      return { type: 'watched' };
    case 'ranges':
      return {
        type: 'ranges',
        ranges: outputs.map((_, i) => {
          const range = watched.get(i);
          return range
            ? { range: range.between(question.percent), nonFinite: range.nonFinite }
            : null;
        }),
      };
  }
}

const parent = new ParentLink<FromEvaluator>(
  LIMITS.values,
  (question: ToEvaluator) => {
    if (question.type === 'end') return parent.end();
    let reply: FromEvaluator;
    try {
      reply = answer(question);
    } catch (error) {
      reply = { type: 'failed', error: toErrorInfo(error) };
    }
    void parent.say(reply);
  },
  () => process.exit(0),
);
// The parent decides when this ends.
onEndingSignals(() => {});
