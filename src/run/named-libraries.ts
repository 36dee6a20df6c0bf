/** What a file names: whoever can have written the file would choose what root loads, and where root writes. */
import { existsSync } from 'node:fs';
import { kindOf } from '../benchmark/workloads.js';
import { engineFolder } from '../engine/engine-folder.js';
import { DEFAULT_ENGINE } from '../engine/known-engines.js';
import { IsochronError } from '../kernel/errors.js';
import type { Mistrust } from '../kernel/files/trusted-file.js';

/** A suite or a definition, and why root should not act on what it says; null where it may. */
export interface Source {
  file: string | null;
  doubt: Mistrust | null;
}

type Named = Partial<Record<'workload' | 'engine' | 'output' | 'dumpOutput', unknown>>;

/**
 * A name of the cache stands for what root has installed; any other engine, and every plugin, has to be named by root itself
 * or by a file of root's own. Looks at names only: what they lead to may be another thing by the time it is loaded.
 *
 * @param named what the file says, paths resolved as far as they will be
 * @throws IsochronError E_LIBRARY_UNTRUSTED, E_OUTPUT_UNTRUSTED
 */
export function requireOwnNames(
  { workload, engine, output, dumpOutput }: Named,
  { file, doubt }: Source,
): void {
  if (doubt === null) return;
  const refuse = (what: string, library: string, option: string) => {
    throw new IsochronError(
      'E_LIBRARY_UNTRUSTED',
      `The ${what} ${library} would run with root's rights, and ${file}, which names it, ${doubt.reason}.`,
      `Name it on the command line (${option}), make that file and its folder root's own (chown root, chmod go-w), or run isochron as another user.`,
    );
  };
  if (typeof workload === 'string' && kindOf(workload) === 'plugin')
    refuse('plugin', workload, `isochron run ${workload}`);
  if (typeof engine === 'string' && engine !== '' && !isOfCache(engine))
    refuse('engine', engine, '--engine, or ISOCHRON_ENGINE for a sweep');
  const places = { '-o': output, '--dump-output': dumpOutput };
  for (const [option, place] of Object.entries(places))
    if (typeof place === 'string')
      throw new IsochronError(
        'E_OUTPUT_UNTRUSTED',
        `Root would write to ${place}, and ${file}, which names it, ${doubt.reason}.`,
        `Name it on the command line of isochron run (${option}), make that file and its folder root's own (chown root, chmod go-w), or run isochron as another user.`,
      );
}

const isOfCache = (engine: string) =>
  !engine.includes('/') &&
  !engine.endsWith('.so') &&
  (engine === DEFAULT_ENGINE.name || existsSync(engineFolder({ name: engine })));
