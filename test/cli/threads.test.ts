/** An engine with several threads: what each of them worked, and whether they crowded each other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCoreList } from '../../src/machine/cores.js';
import { isochron, json, NO_SHARED, scratch, shared } from './helpers.js';

const model = shared('models', 'resnet8_cifar10_fp32.tflite');
const mask = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
const two = (parseCoreList(mask ?? '') ?? []).slice(0, 2);

describe('threads of the engine on two cores', () => {
  test.for<[string, string[], boolean]>([
    ['two without XNNPACK, which come from two pools that take turns', ['--threads', '2'], false],
    ['two with XNNPACK', ['--threads', '2', '--xnnpack'], false],
    ['four without XNNPACK', ['--threads', '4'], true],
    ['four with XNNPACK', ['--threads', '4', '--xnnpack'], true],
  ])('%s', async ([, args, crowded], { skip }) => {
    if (model === undefined) return skip(NO_SHARED);
    if (two.length < 2) return skip('this process may use one core only');
    const out = join(scratch(), 'run.csv');
    const cores = two.join(',');
    const ran = await isochron([
      ...['run', model, ...args, ...(args.includes('--xnnpack') ? [] : ['--no-xnnpack'])],
      ...['-c', cores, '-t', '40', '-p', '20ms', '-l', '4', '-o', out],
    ]);
    expect(ran.status, ran.stderr).toBe(0);
    const { finished, verdict, summary } = json(out.replace(/csv$/, 'json'));
    expect(finished.workers.length).toBeGreaterThan(0);
    for (const worker of finished.workers) {
      expect(worker.cpuTimeNs).toBeGreaterThan(0);
      expect(ran.stdout + ran.stderr).toMatch(
        new RegExp(`worker ${worker.tid}: .*of CPU time over the jobs`),
      );
    }
    expect(summary.busyCpuNs).toBeGreaterThan(summary.cpuTimeNs);
    const codes = verdict.reasons.map(({ code }: { code: string }) => code);
    expect(codes.includes('threads_crowded')).toBe(crowded);
  });
});
