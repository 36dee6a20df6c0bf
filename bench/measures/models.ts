/** Building model files: peak memory against the file's size (goal ≤ 2.5 ×), and time against size (goal: linear). */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.js';
import { scratch } from './lib.js';

for (const name of process.argv.slice(2).length > 0
  ? process.argv.slice(2)
  : ['mobilenet_v1', 'resnet50_v2', 'vgg19']) {
  const file = join(scratch, `${name}.tflite`);
  const { seconds, peakBytes } = command('models', 'build', name, '-o', file);
  const { size } = statSync(file);
  console.log(
    `${name.padEnd(14)} ${(size / 1e6).toFixed(1).padStart(6)} MB: ${seconds.toFixed(1)} s, ${((1e9 * seconds) / size).toFixed(1)} ns/byte, peak memory ${(peakBytes / 1e6).toFixed(0)} MB = ${(peakBytes / size).toFixed(2)} × the file`,
  );
}
