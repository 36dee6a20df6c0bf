/** Codes of definitions, results and the native part, provoked. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { loadAddon } from '../../src/addon/load-addon.js';
import { engineArch } from '../../src/engine/known-engines.js';
import { readManifest } from '../../src/formats/manifest.js';
import { readSidecar } from '../../src/formats/sidecar.js';
import { IsochronError, toErrorInfo, UsageError } from '../../src/kernel/errors.js';
import { nativePlan } from '../../src/run/native-plan.js';
import { resolvePlan } from '../../src/run/resolve-definition.js';
import { loadSuite } from '../../src/sweep/load-suite.js';
import { readEarlier, requireSameSweep } from '../../src/sweep/sweep-folder.js';
import { compiledFor } from '../compiled.js';
import { makePlan } from '../run/plans.js';

const folder = mkdtempSync(join(tmpdir(), 'isochron-errors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const code = (expected: string) => expect.objectContaining({ code: expected });
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('what an error is as plain data', () => {
  test('what is thrown by others is E_UNEXPECTED, unless it has a code', () => {
    expect(toErrorInfo(new TypeError('x is undefined'))).toEqual({
      code: 'E_UNEXPECTED',
      message: 'x is undefined',
    });
    expect(toErrorInfo('just words')).toEqual({ code: 'E_UNEXPECTED', message: 'just words' });
    expect(toErrorInfo(Object.assign(new Error('m'), { code: 'ENOENT', hint: '' }))).toEqual({
      code: 'ENOENT',
      message: 'm',
    });
    expect(toErrorInfo(Object.assign(new Error('m'), { code: 7 })).code).toBe('E_UNEXPECTED');
  });

  test('an error of isochron keeps its code and its hint', () => {
    expect(toErrorInfo(new IsochronError('E_BUSY', 'm', 'wait'))).toEqual({
      code: 'E_BUSY',
      message: 'm',
      hint: 'wait',
    });
    expect(toErrorInfo(new UsageError('m'))).toEqual({ code: 'E_USAGE', message: 'm' });
  });
});

describe('results', () => {
  test.each([
    ['that is not there', () => join(folder, 'nowhere.json')],
    ['that is no JSON', () => file('a.json', '{')],
    ['that is null', () => file('b.json', 'null')],
    ['of something else', () => file('c.json', '{"format": "isochron-sweep"}')],
    ['of another version', () => file('d.json', '{"format": "isochron-run", "version": 99}')],
  ])('the JSON file of a run %s is E_SIDECAR', async (_, make) => {
    await expect(readSidecar(make())).rejects.toEqual(code('E_SIDECAR'));
  });

  test.each([
    ['no JSON', '{'],
    ['something else', '{"format": "isochron-run"}'],
    ['of a later version', manifest(99)],
  ])('a manifest that is %s is E_MANIFEST', async (_, text) => {
    await expect(readEarlier(file('manifest.json', text))).rejects.toEqual(code('E_MANIFEST'));
  });

  test('an error that an earlier version wrote as text alone is E_UNKNOWN', async () => {
    const read = await readManifest(file('old.json', manifest(1, 'the engine crashed')));
    expect(read.manifest?.points[0]?.error).toEqual({
      code: 'E_UNKNOWN',
      message: 'the engine crashed',
    });
  });
});

describe('a folder that holds a sweep', () => {
  const earlier = async () => {
    const { manifest: read } = await readManifest(file('there.json', manifest(1)));
    if (read === null) throw new Error('no manifest');
    return {
      ...read,
      suite: { ...read.suite, name: 's', quick: false },
      points: read.points.map((point) => ({ ...point, status: 'done' })),
    } as typeof read;
  };
  test.each([
    ['the same without --resume', { name: 's', quick: false }, false],
    ['another suite', { name: 't', quick: false }, true],
    ['the quick form of it', { name: 's', quick: true }, true],
  ])('%s is E_SWEEP_THERE', async (_, suite, resume) => {
    const there = await earlier();
    expect(() => requireSameSweep(folder, there, suite, resume, [])).toThrow(code('E_SWEEP_THERE'));
  });

  test('one that has left nothing complete is none: there is nothing to go on with', async () => {
    const there = await earlier();
    const suite = { name: 's', quick: false };
    const points = there.points.map((point) => ({ ...point, status: 'failed' as const }));
    requireSameSweep(folder, { ...there, points }, suite, false, []);
    expect(() =>
      requireSameSweep(folder, { ...there, points, retired: there.points }, suite, false, []),
    ).toThrow(code('E_SWEEP_THERE'));
  });

  test('going on with it is none', async () => {
    const there = await earlier();
    requireSameSweep(folder, there, { name: 's', quick: false }, true, []);
    requireSameSweep(folder, null, { name: 's', quick: false }, false, []);
  });
});

test('an installation without vega is E_NO_VEGA', async () => {
  // compiled to where there is no node_modules
  const alone = compiledFor(folder, 'src/report/vega.ts');
  const { runtimeScripts } = (await import(alone)) as typeof import('../../src/report/vega.js');
  await expect(runtimeScripts()).rejects.toEqual(code('E_NO_VEGA'));
});

function manifest(version: number, error: string | null = null): string {
  const points = [{ id: 'p.r1', name: 'p', status: 'failed', error }];
  return JSON.stringify({ format: 'isochron-sweep', version, points });
}

describe('suites', () => {
  test.each([
    ['s.json', '[]'],
    ['s.yaml', 'matrix: {workload: [noop]'],
    ['s.js', 'export default 7;'],
  ])('%s that holds %s is E_SUITE', async (name, text) => {
    await expect(
      loadSuite(file(name, text)).then(async (loaded) => {
        const { expandFor } = await import('../../src/sweep/chosen-points.js');
        return expandFor(loaded, {});
      }),
    ).rejects.toEqual(code('E_SUITE'));
  });

  test.skipIf((process.features as { typescript?: unknown }).typescript)(
    'TypeScript that this Node can’t read, without tsx beside it, is E_SUITE_TYPESCRIPT',
    async () => {
      await expect(
        loadSuite(file('s.ts', 'export default { name: "s" as string, matrix: {} };')),
      ).rejects.toEqual(code('E_SUITE_TYPESCRIPT'));
    },
  );
});

test('a processor for which no engine is offered is E_ENGINE_UNAVAILABLE', () => {
  const arch = vi.spyOn(process, 'arch', 'get').mockReturnValue('riscv64' as NodeJS.Architecture);
  try {
    expect(() => engineArch(undefined)).toThrow(code('E_ENGINE_UNAVAILABLE'));
  } finally {
    arch.mockRestore();
  }
});

describe('the native part', () => {
  const addon = loadAddon();

  test.each<[string, () => unknown]>([
    ['no cores', () => addon.confine([])],
    ['a core that is no number', () => addon.setTaskAffinity(0, ['0' as unknown as number])],
    ['a path that is no text', () => addon.dropFileCache(7 as unknown as string)],
    ['a priority beyond all', () => addon.tryFifo(1e9)],
    ['events that are no list', () => addon.probeEvents({} as never, false)],
    ['a plan that is none', () => new addon.Run({} as never)],
    [
      'a setting that is neither a number nor a word',
      () =>
        new addon.Run({
          ...nativePlan(makePlan(), []),
          workload: {
            kind: 'synthetic',
            name: 'spin',
            settings: { us: true as unknown as number },
          },
        }),
    ],
  ])('%s is E_PLAN', (_, call) => {
    expect(call).toThrow(code('E_PLAN'));
  });

  test('a file that is not there is E_NO_FILE', () => {
    expect(() => addon.dropFileCache(join(folder, 'nowhere'))).toThrow(code('E_NO_FILE'));
  });

  test('a run that is started before it was prepared is E_STATE', async () => {
    const plan = await resolvePlan({ workload: 'noop', jobs: 1, period: '1ms', events: 'none' });
    const run = new addon.Run(nativePlan(plan, []));
    await expect(run.start()).rejects.toEqual(code('E_STATE'));
  });
});
