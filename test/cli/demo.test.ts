import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { csv, json, scratch } from './helpers.js';

const root = join(import.meta.dirname, '..', '..');
const noNpm = spawnSync('npm', ['--version']).status === 0 ? undefined : 'there is no npm';

test.skipIf(noNpm)(
  `npm start runs four benchmarks side by side${noNpm ? ` (${noNpm})` : ''}`,
  () => {
    const out = join(scratch(), 'results');
    const { status, stdout, stderr } = spawnSync(
      'npm',
      ['start', '--silent', '--', '--jobs', '4', '-o', out],
      { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
    );
    expect(stderr).not.toMatch(/unexpected|^\s+at /m);
    const lines = stderr.split('\n').filter(Boolean);
    expect(lines, 'a note is told once').toEqual([...new Set(lines)]);
    expect(status).toBe(0);
    for (const precision of ['fp32', 'int8'])
      for (const xnnpack of ['off', 'on']) {
        expect(stdout).toMatch(
          new RegExp(`^mobilenet_v1 ${precision}, XNNPACK ${xnnpack} +\\S.* 4 `, 'm'),
        );
        const file = join(out, `mobilenet_v1_${precision}_xnnpack_${xnnpack}`);
        const sidecar = json(`${file}.json`);
        expect(sidecar).toMatchObject({ status: 'done', summary: { counts: { inStatistics: 4 } } });
        expect(sidecar.plan).toMatchObject({ periodNs: 200_000_000, warmup: 2 });
        expect(sidecar.workload.tflite.xnnpack.requested).toBe(xnnpack === 'on');
        expect(csv(`${file}.csv`)).toHaveLength(6);
        // another malloc may leave a page of it unlocked, and no allowance all
        if (sidecar.finished.locked !== null) {
          const { lockedBytes, eligibleBytes } = sidecar.finished.locked;
          expect(lockedBytes / eligibleBytes).toBeGreaterThan(0.999);
        }
      }
    expect(stdout).toMatch(/\b(IN)?VALID\b/);
    for (const words of ['doctor', 'run MODEL.tflite', `report ${out}`])
      expect(stderr).toContain(`node dist/cli/main.js ${words}`);
  },
);
