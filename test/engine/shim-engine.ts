/** Engines that are the real one but for one fault; they need a C compiler. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { resolveEngine } from '../../src/engine/resolve-engine.js';

/** See shim-engine.c. */
export type Fault =
  | `FAIL_AT=${number}`
  | `BLOCK_AT=${number}`
  | 'XNNPACK_FAILS'
  | 'WITHOUT_XNNPACK';

export const noCompiler =
  spawnSync('cc', ['--version']).status === 0 ? undefined : 'there is no C compiler';

/** Builds one into the folder, and gives its path. */
export async function shimEngine(folder: string, fault: Fault): Promise<string> {
  const path = join(folder, `${fault.toLowerCase().replace('=', '_')}.so`);
  const source = join(import.meta.dirname, 'shim-engine.c');
  const real = `-DREAL="${await resolveEngine()}"`;
  execFileSync('cc', ['-shared', '-fPIC', '-O1', real, `-D${fault}`, source, '-ldl', '-o', path]);
  return path;
}
