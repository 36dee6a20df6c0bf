/** The engine over broken files. Many take it down, so this is plain JavaScript, which starts at once. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const addon = createRequire(import.meta.url)('node-gyp-build')(
  join(import.meta.dirname, '..', '..'),
);

function load({ bytes, path, library, invoke }) {
  writeFileSync(path, bytes); // the engine maps files
  const model = { kind: 'tflite', library, model: path };
  const rest = { threads: 1, xnnpack: false, seed: 1, inputs: [], ranges: [], dumpOutput: '' };
  const evaluator = new addon.Evaluator({ ...model, ...rest });
  const { inputs, outputs } = evaluator.info();
  if (invoke) evaluator.invoke(inputs.map((t) => new Uint8Array(t.bytes)));
  return { kind: 'done', inputs, outputs };
}

process.on('message', (question) => {
  try {
    process.send(load(question));
  } catch (error) {
    if (typeof error.code !== 'string') throw error;
    process.send({ kind: 'refused', code: error.code, message: error.message });
  }
});
