import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { onBoardWithIsochron, titled, whyNoBoard } from './board.js';

const noBoard = await whyNoBoard();
const version = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;

// the first test packs, installs and may fetch the engine
describe.skipIf(noBoard)(
  titled('the packed tarball, installed on the board', noBoard),
  { timeout: 300_000 },
  () => {
    test('needs no compiler, Python or headers: its own install step is content with the prebuilt addon', async () => {
      const { status, stdout, stderr } = await onBoardWithIsochron({
        command: [
          'which gcc cc g++ make python3 npm',
          'isochron --version',
          'cd /opt/isochron/node_modules/isochron && exec node scripts/install.mjs',
        ].join('\n'),
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toBe(`${version}\n`);
    });

    test('finds the engine that was copied into the cache', async () => {
      const { stdout } = await onBoardWithIsochron({ command: 'isochron engine list' });
      expect(stdout).toMatch(
        /arm64 .*usable here .*\/root\/\.cache\/isochron\/.*libtensorflowlite_c\.so/,
      );
    });

    test('runs a real-time job with counters in virtual time and brings its rows back', async () => {
      const { status, outDir } = await onBoardWithIsochron({
        command:
          'isochron run spin --us 200 -p 0.01 -t 20 -c 0 -f 90 --events rtbench -o out/o.csv',
      });
      const [header, ...rows] = readFileSync(join(outDir, 'o.csv'), 'utf8').trimEnd().split('\n');
      const columns = header?.split(',') ?? [];
      const column = (name: string) => rows.map((row) => row.split(',')[columns.indexOf(name)]);
      expect(status).toBe(0);
      expect(rows).toHaveLength(20);
      expect(column('core')).toEqual(Array(20).fill('0'));
      // QEMU's A53 counts one instruction a cycle and one a nanosecond, and never a cache event; user code only, so the
      // kernel's share of the 200 µs is missing
      expect(column('inst_retired')).toEqual(column('cpu_cycles'));
      for (const count of column('cpu_cycles').map(Number)) {
        expect(count).toBeGreaterThan(150_000);
        expect(count).toBeLessThan(250_000);
      }
      expect(column('l2d_cache_refill')).toEqual(Array(20).fill(''));
    });
  },
);
