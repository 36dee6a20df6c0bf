/** outputs.json: what the raw files beside it hold, of the last job of a run (`--dump-output`). */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorInfo } from '../addon/answers.js';
import { IsochronError } from '../kernel/errors.js';
import { WRITE_REASONS } from '../kernel/files/write-reasons.js';
import { formatG } from './c-format.js';

export const OUTPUTS_JSON = 'outputs.json';
/** As native/src/workload/tflite/output_dump.cc names them. */
export const rawName = (index: number) => `output${index}.raw`;

/** The file for these outputs, in the order of the model. */
export function outputsJson(outputs: readonly TensorInfo[]): string {
  const lines = outputs.map(
    ({ name, type, shape, bytes, quantization }, index) =>
      `    {"file": ${text(rawName(index))}, "name": ${text(name)}, "type": ${text(type)}, "shape": [${shape.join(', ')}], ` +
      `"bytes": ${bytes}, "quantization": ${
        quantization === null
          ? 'null'
          : `{"scale": ${float32(quantization.scale)}, "zeroPoint": ${quantization.zeroPoint}}`
      }}`,
  );
  return `{\n  "outputs": [${lines.map((line) => `\n${line}`).join(',')}${lines.length > 0 ? '\n  ' : ''}]\n}\n`;
}

const text = (value: string) => `"${Array.from(value, escaped).join('')}"`;

/** As these files have always been written: by its number what has to be escaped, and what stands for bytes that are no text. */
function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character >= ' ' && character !== '\ufffd') return character;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Nine digits tell every float32 apart. */
const float32 = (value: number) => (Number.isFinite(value) ? formatG(value, 9) : 'null');

/**
 * Writes the list into the folder of the outputs, when all of them are there. Into the file itself, as the outputs: the
 * run holds it, and a rename would let go of it.
 *
 * @throws IsochronError E_OUTPUT_WRITE
 */
export async function writeOutputsJson(
  folder: string,
  outputs: readonly TensorInfo[],
): Promise<void> {
  const path = join(folder, OUTPUTS_JSON);
  try {
    await writeFile(path, outputsJson(outputs));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = WRITE_REASONS[code ?? '']?.[0] ?? message;
    throw new IsochronError(
      'E_OUTPUT_WRITE',
      `The output file ${path} can't be written: ${reason}.`,
      'Choose another folder for --dump-output.',
    );
  }
}
