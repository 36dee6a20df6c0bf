/** Start-up against `node -e 0` in the same run: the help, and from the command to the first release of a tiny model. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModel } from 'isochron';
import { figure, interleave, pairedRatio, pooled, scratch } from './lib.js';

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const tiny = (await buildModel('mobilenet_v1', { alpha: 0.25, resolution: 128 })).path;
const output = join(scratch, 'startup.csv');
const rounds = Number(process.argv[2] ?? 11);

function wall(args: string[]): number {
  const start = process.hrtime.bigint();
  spawnSync(process.execPath, args, { stdio: 'ignore' });
  return Number(process.hrtime.bigint() - start);
}
/** From the start of the command to the first release, by the monotonic clock that both sides use. */
function firstRelease(): number {
  const start = process.hrtime.bigint();
  spawnSync(
    process.execPath,
    [cli, 'run', tiny, '-p', '0.01', '-t', '1', '--quiet', '-o', output],
    { stdio: 'ignore' },
  );
  if (!existsSync(output)) throw new Error('the run wrote nothing');
  const [header, row] = readFileSync(output, 'utf8').split('\n') as [string, string];
  return Number(BigInt(row.split(',')[header.split(',').indexOf('release_ns')] as string) - start);
}

const node = () => [wall(['-e', '0'])];
for (const [name, measure, goal] of [
  ['isochron --help', () => wall([cli, '--help']), 3],
  ['from command to first release', firstRelease, 8],
] as const) {
  const samples = await interleave(rounds, () => [measure()], node);
  figure(
    name,
    pairedRatio(samples, 0.5),
    goal,
    `${(pooled(samples.a, 0.5) / 1e6).toFixed(0)} ms against ${(pooled(samples.b, 0.5) / 1e6).toFixed(0)} ms of node -e 0`,
  );
}
