import { statSync } from 'node:fs';
import { IsochronError } from '../kernel/errors.js';
import { printable } from '../kernel/printable.js';
import { checkModel } from './check-model.js';
import { decode, FormatError } from './schema/decode.js';
import { type Encoded, encode } from './schema/encode.js';
import { type ByteSource, memorySource, withFileSource } from './schema/source.js';
import { IDENTIFIER, MODEL, type Model, type ModelDraft } from './schema/tables.js';

/**
 * Reads a .tflite file into plain objects. Weights stay in the file (as blobs) until somebody reads them.
 *
 * @throws IsochronError E_MODEL_MISSING, E_MODEL_UNREADABLE, E_MODEL_DIRECTORY, E_MODEL_EMPTY, E_MODEL_FORMAT (not a TFLite
 *   model), E_MODEL_TRUNCATED, E_MODEL_CORRUPT
 */
export function readModel(path: string): Model {
  const bytes = sizeOf(path);
  if (bytes === 0)
    throw new IsochronError('E_MODEL_EMPTY', `The model file ${path} is empty.`, COPY_AGAIN);
  return explained(path, () => withFileSource(path, (source) => readChecked(source)));
}

/** The same for a model in memory; `name` stands for it in messages. */
export function parseModel(bytes: Uint8Array, name = 'the model'): Model {
  return explained(name, () => readChecked(memorySource(bytes)));
}

function readChecked(source: ByteSource): Model {
  const foreign = explainForeignFile(source.read(0, Math.min(source.size, 256)));
  if (foreign) throw foreign;
  const model = decode(source, MODEL, IDENTIFIER);
  checkModel(model, source);
  return model;
}

/** Lays out a model as a .tflite file. */
export function encodeModel(model: ModelDraft): Encoded {
  return encode(MODEL, model, IDENTIFIER);
}

const COPY_AGAIN = 'Copy or download it again.';

function sizeOf(path: string): number {
  try {
    const stat = statSync(path);
    if (stat.isDirectory())
      throw new IsochronError(
        'E_MODEL_DIRECTORY',
        `${path} is a folder, not a model file.`,
        'Name a .tflite file inside it.',
      );
    if (!stat.isFile())
      throw new IsochronError('E_MODEL_UNREADABLE', `${path} is not a regular file.`);
    return stat.size;
  } catch (error) {
    throw explainSystemError(path, error);
  }
}

function explained<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ForeignFile)
      throw new IsochronError('E_MODEL_FORMAT', `${name} is ${error.message}.`, error.hint);
    if (!(error instanceof FormatError)) throw explainSystemError(name, error);
    const message = printable(error.message); // it may hold names from the file
    if (error.fault === 'foreign')
      throw new IsochronError(
        'E_MODEL_FORMAT',
        `${name} is not a TensorFlow Lite model (${message}).`,
        'isochron runs .tflite files; convert other formats with the TensorFlow Lite converter.',
      );
    if (error.fault === 'truncated')
      throw new IsochronError(
        'E_MODEL_TRUNCATED',
        `The model file ${name} is truncated: ${message}.`,
        COPY_AGAIN,
      );
    throw new IsochronError(
      'E_MODEL_CORRUPT',
      `The model file ${name} is damaged: ${message}.`,
      COPY_AGAIN,
    );
  }
}

function explainSystemError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new IsochronError(
      'E_MODEL_MISSING',
      `There is no model file ${path}.`,
      '`isochron models list` shows the models that can be named instead of a file.',
    );
  if (code === 'EACCES' || code === 'EPERM')
    return new IsochronError(
      'E_MODEL_UNREADABLE',
      `The model file ${path} cannot be read: permission denied.`,
      'Change its permissions.',
    );
  if (code !== undefined && (error as NodeJS.ErrnoException).syscall !== undefined)
    return new IsochronError(
      'E_MODEL_UNREADABLE',
      `The model file ${path} cannot be read: ${code}.`,
    );
  return error;
}

/** What a file is that was taken for a model, told from its first bytes. */
class ForeignFile extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** What it is instead of a model, for `PATH is …`, or null where the bytes are none of these. */
function explainForeignFile(start: Uint8Array): ForeignFile | null {
  const text = Buffer.from(start)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (text.startsWith('version https://git-lfs.github.com/'))
    return new ForeignFile(
      'a Git LFS pointer: it names a model, and the model itself was not downloaded',
      'Fetch it with `git lfs pull` in its repository, or download the file itself.',
    );
  if (/^<(!doctype\s+html|html|head|\?xml)/i.test(text))
    return new ForeignFile(
      'a web page, not a TensorFlow Lite model: a download has saved the page about the file, or an error',
      'Download the file itself (on GitHub: the "raw" link).',
    );
  return null;
}
