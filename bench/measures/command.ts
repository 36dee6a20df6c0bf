/** Runs the real command line and tells its wall time and its own peak memory. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const tellPeak =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+" KiB"))';

export function command(...args: string[]): { seconds: number; peakBytes: number } {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', tellPeak, cli, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return {
    seconds: (performance.now() - start) / 1000,
    peakBytes: Number(/peak (\d+) KiB/.exec(stderr)?.[1]) * 1024,
  };
}
