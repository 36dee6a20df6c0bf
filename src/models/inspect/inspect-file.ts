import { existsSync, statSync } from 'node:fs';
import { isFile, noModel } from '../model-file.js';
import { encodeModel, readModel } from '../read-model.js';
import { drawModel } from '../zoo/draw.js';
import { modelName, parseModelName } from '../zoo/names.js';
import { inspectModel, type ModelReport } from './inspect-model.js';

/** A report with what it is about. */
export interface NamedReport extends ModelReport {
  /** The file's path or the network's name. */
  name: string;
  /** Of the file. */
  bytes: number;
}

/**
 * Inspects a file, or a network of the zoo without building it. A file of exactly that name comes first.
 *
 * @throws IsochronError of `readModel`; UsageError for a name that is no network's, or with parameters that it doesn't have
 */
export function inspectFileOrName(fileOrName: string): NamedReport {
  const choice = isFile(fileOrName) ? null : parseModelName(fileOrName);
  if (choice) {
    const model = drawModel(choice, 1);
    return {
      name: modelName(choice),
      bytes: encodeModel(model).byteLength,
      ...inspectModel(model),
    };
  }
  if (!existsSync(fileOrName) && !isFile(fileOrName)) throw noModel(fileOrName);
  const model = readModel(fileOrName);
  return { name: fileOrName, bytes: statSync(fileOrName).size, ...inspectModel(model) };
}
