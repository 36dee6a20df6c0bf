import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { loadResults } from '../../src/analysis/load-results.js';
import { sha256Of } from '../../src/kernel/sha256.js';
import { jobs, scratch, writeManifest, writeRun } from './helpers.js';

const elapsed = jobs(40, 1_000_000);

describe('loading results', () => {
  test('finds one run by its CSV, by its JSON and by its folder', async () => {
    const folder = scratch();
    writeRun(join(folder, 'run'), { elapsed });
    for (const path of ['run.csv', 'run.json', '.']) {
      const { runs, notes } = await loadResults(join(folder, path));
      expect(runs).toHaveLength(1);
      expect(runs[0]).toMatchObject({
        id: 'run',
        name: 'run',
        provenance: 'isochron',
        status: 'done',
        modelBytes: 1_000_000,
        lineBytes: 64,
        identity: {
          network: 'mobilenet_v1_1.0_224',
          precision: 'fp32',
          xnnpack: false,
          threads: 1,
          engine: '2.9.0',
          cores: '1',
          scheduling: 'fifo 90',
        },
      });
      expect(notes).toEqual([]);
    }
  });

  test('gives the runs of a folder in the order of their names, numbers by size', async () => {
    const folder = scratch();
    for (const name of ['run-10', 'b', 'run-9']) writeRun(join(folder, name), { elapsed });
    const { runs } = await loadResults(folder);
    expect(runs.map(({ id }) => id)).toEqual(['b', 'run-9', 'run-10']);
  });

  test('notes a table that can not be read, and goes on with the runs beside it', async () => {
    const folder = scratch();
    writeRun(join(folder, 'run'), { elapsed });
    writeFileSync(join(folder, 'endless.csv'), 'x'.repeat(2 ** 21));
    const { runs, notes } = await loadResults(folder);
    expect(runs).toHaveLength(1);
    expect(notes).toEqual([expect.stringMatching(/endless\.csv is no table: .*left out\.$/)]);
  });

  test('finds runs in folders below, and passes over samples, other CSVs and other JSON files', async () => {
    const folder = scratch();
    writeRun(join(folder, 'deep', 'er', 'run'), { elapsed });
    writeFileSync(join(folder, 'run.samples.csv'), 'samples,l1_references\n');
    writeFileSync(join(folder, 'notes.csv'), 'a,b\n');
    writeFileSync(join(folder, 'outputs.json'), '{}');
    const { runs } = await loadResults(folder);
    expect(runs.map((run) => run.id)).toEqual(['deep/er/run']);
  });

  test('says what is wrong with an empty folder, a missing path and a JSON without rows', async () => {
    const folder = scratch();
    await expect(loadResults(folder)).rejects.toMatchObject({ code: 'E_RESULTS' });
    await expect(loadResults(join(folder, 'none'))).rejects.toThrow('does not exist');
    writeFileSync(join(folder, 'alone.json'), '{}');
    await expect(loadResults(join(folder, 'alone.json'))).rejects.toThrow('no CSV beside it');
    writeRun(join(folder, 'half'), { elapsed, status: 'failed' });
    truncateSync(join(folder, 'half.csv'));
    await expect(loadResults(folder)).rejects.toThrow('The engine crashed.');
  });

  test('keeps what is good of a half-written folder and says what is not', async () => {
    const folder = scratch();
    writeRun(join(folder, 'done'), { elapsed });
    writeRun(join(folder, 'killed'), { elapsed: elapsed.slice(0, 10), status: 'running' });
    writeRun(join(folder, 'failed'), { elapsed: elapsed.slice(0, 5), status: 'failed' });
    writeRun(join(folder, 'odd'), { elapsed });
    writeFileSync(join(folder, 'odd.json'), '{"format": "isochron-run", "ver');
    const { runs } = await loadResults(folder);
    const notes = Object.fromEntries(runs.map((run) => [run.id, run.notes.join(' ')]));
    expect(runs).toHaveLength(4);
    expect(notes.done).toBe('');
    expect(notes.killed).toContain('has not ended, or was killed');
    expect(notes.failed).toContain('The engine crashed.');
    expect(notes.odd).toContain('not JSON');
    expect(runs.find((run) => run.id === 'odd')?.status).toBe('unknown');
  });

  test('does without fields that a JSON file has in another shape', async () => {
    const folder = scratch();
    writeRun(join(folder, 'run'), { elapsed });
    writeFileSync(
      join(folder, 'run.json'),
      JSON.stringify({
        format: 'isochron-run',
        version: 1,
        plan: 7,
        machine: [],
        events: 'none',
        verdict: {},
      }),
    );
    const { runs } = await loadResults(folder);
    expect(runs[0]).toMatchObject({
      status: 'unknown',
      lineBytes: null,
      identity: { network: 'run' },
    });
  });

  test('notes a version of the file that it does not know, and still reads the rows', async () => {
    const folder = scratch();
    writeRun(join(folder, 'run'), { elapsed });
    writeFileSync(
      join(folder, 'run.json'),
      JSON.stringify({ format: 'isochron-run', version: 99 }),
    );
    const { runs } = await loadResults(folder);
    expect(runs[0]?.notes.join()).toContain('unknown version');
    expect((await runs[0]?.columns())?.rows).toBe(40);
  });

  test('notes mixed tool versions and INVALID verdicts', async () => {
    const folder = scratch();
    writeRun(join(folder, 'a'), { elapsed, version: '0.1.0' });
    writeRun(join(folder, 'b'), { elapsed, version: '0.2.0', valid: false });
    const { notes } = await loadResults(folder);
    expect(notes.join('\n')).toContain('different versions of isochron: 0.1.0, 0.2.0');
    expect(notes.join('\n')).toContain(
      '1 of 2 runs has the verdict INVALID: The governor is ondemand.',
    );
  });

  test('reads accuracies that the user wrote down, and names the line that makes no sense', async () => {
    const folder = scratch();
    writeRun(join(folder, 'a'), { elapsed });
    writeRun(join(folder, 'b'), { elapsed, model: 'other_int8' });
    writeFileSync(
      join(folder, 'accuracy.csv'),
      'model,accuracy\nmobilenet_v1_1.0_224_fp32.tflite,70.9\nb,50\nc,much\n',
    );
    const { runs, notes } = await loadResults(folder);
    expect(runs.map((run) => run.accuracy)).toEqual([0.7090000000000001, 0.5]);
    expect(notes.join()).toContain('line 4');
  });
});

describe('a sweep’s folder', () => {
  test('takes names, parameters and repetitions from the manifest, and lists what is missing', async () => {
    const folder = scratch();
    writeRun(join(folder, 'p1'), { elapsed });
    writeRun(join(folder, 'p2'), { elapsed, xnnpack: true });
    writeRun(join(folder, 'stray'), { elapsed });
    writeManifest(folder, {
      suite: 'xnnpack',
      order: 'interleaved',
      points: [
        {
          id: 'p1',
          name: 'plain',
          parameters: { xnnpack: false, period: 'auto' },
          repetition: 0,
          accuracy: 0.7,
        },
        { id: 'p2', name: 'fast', parameters: { xnnpack: true, period: 'auto' }, repetition: 0 },
        { id: 'p3', name: 'never' },
        { id: 'p4', status: 'failed', error: { message: 'no such model' } },
        { nonsense: true },
      ],
    });
    const { runs, missing, notes } = await loadResults(folder);
    expect(
      runs.map(({ name, suite, repetition, interleaved, accuracy }) => ({
        name,
        suite,
        repetition,
        interleaved,
        accuracy,
      })),
    ).toEqual([
      { name: 'plain', suite: 'xnnpack', repetition: 0, interleaved: true, accuracy: 0.7 },
      { name: 'fast', suite: 'xnnpack', repetition: 0, interleaved: true, accuracy: null },
      { name: 'stray', suite: 'xnnpack', repetition: null, interleaved: false, accuracy: null },
    ]);
    expect(runs[1]?.identity).toMatchObject({ xnnpack: true, period: 'auto' });
    expect(missing).toEqual([
      { name: 'never', reason: 'it has not run' },
      { name: 'p4', reason: 'no such model' },
    ]);
    expect(notes.join('\n')).toContain('stray.csv is not in the manifest');
    expect(notes.join('\n')).toContain('1 of its points can');
  });

  test('of a point that is being run again, or was when that was killed, reads the complete result and not the fragment', async () => {
    const folder = scratch();
    const old = { id: 'p1', name: 'p1', status: 'done', parameters: { threads: 1 } };
    writeRun(join(folder, '.before', 'p1'), { elapsed });
    writeRun(join(folder, 'p1'), { elapsed: jobs(3, 9_000_000), status: 'running' });
    const load = async (entry: object) => {
      writeManifest(folder, { suite: 's', points: [{ ...old, ...entry }] });
      return loadResults(folder);
    };
    const { runs, missing } = await load({ status: 'running', before: old });
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ id: 'p1', name: 'p1', status: 'done' });
    expect((await runs[0]?.columns())?.rows).toBe(40);
    expect(runs[0]?.notes.join()).toContain('An older result: its point is being run again');
    expect(missing).toEqual([]);

    // of a manifest whose journal was not copied
    const stale = await load({ csvBytes: statSync(join(folder, '.before', 'p1.csv')).size });
    expect((await stale.runs[0]?.columns())?.rows).toBe(40);

    // the new one is complete, and what was put aside not yet cleared away
    const replaced = await load({ csvBytes: statSync(join(folder, 'p1.csv')).size });
    expect((await replaced.runs[0]?.columns())?.rows).toBe(3);
  });

  test('doubts a point whose manifest says something else than its JSON, and one whose last attempt failed', async () => {
    const folder = scratch();
    const lastAttempt = {
      reason: 'the plugin has changed',
      status: 'failed',
      error: { code: 'E_X', message: 'init failed.' },
      startedAt: null,
      endedAt: null,
    };
    for (const id of ['p1', 'p2', 'p3']) writeRun(join(folder, id), { elapsed });
    writeManifest(folder, {
      suite: 's',
      points: [
        { id: 'p1', status: 'done' },
        { id: 'p2', status: 'failed', error: { code: 'E_X', message: 'No engine.' } },
        { id: 'p3', status: 'done', lastAttempt },
      ],
    });
    const { runs } = await loadResults(folder);
    expect(runs.map(({ doubts }) => doubts)).toEqual([
      [],
      ['Its JSON says that it is “done”, and manifest.json that it is “failed” (No engine.).'],
      [
        'An older result: it was to be run again (the plugin has changed), and that failed: init failed.',
      ],
    ]);
    expect(runs[2]?.notes).toEqual(expect.arrayContaining(runs[2]?.doubts as string[]));
  });

  test('tells points apart whose definition was another when they were run', async () => {
    const folder = scratch();
    for (const id of ['r0', 'r1', 'r2']) writeRun(join(folder, id), { elapsed });
    const points = ['h', 'h', 'other'].map((hash, repetition) => ({
      id: `r${repetition}`,
      name: 'n',
      hash,
      repetition,
    }));
    writeManifest(folder, { suite: 's', points });
    const { runs } = await loadResults(folder);
    expect(new Set(runs.slice(0, 2).map(({ content }) => content)).size).toBe(1);
    expect(runs[2]?.content).not.toBe(runs[0]?.content);
  });

  test('leaves out what is no longer in the suite, though it stands there, and says so', async () => {
    const folder = scratch();
    const points = [0, 1].map((repetition) => ({ id: `r${repetition}`, name: 'same', repetition }));
    for (const { id } of points) writeRun(join(folder, id), { elapsed });
    writeManifest(folder, { suite: 's', points: points.slice(0, 1), retired: points.slice(1) });
    const { runs, notes } = await loadResults(folder);
    expect(runs.map(({ id }) => id)).toEqual(['r0']);
    expect(notes).toEqual([
      '1 result of points that are no longer in the suite is left out (r1.csv).',
    ]);
  });

  test('refuses the rows of a point that are not as the sweep wrote them, also where the JSON was changed with them', async () => {
    const folder = scratch();
    writeRun(join(folder, 'p'), { elapsed });
    const hashes = { 'p.csv': sha256Of(readFileSync(join(folder, 'p.csv'))) };
    writeManifest(folder, { suite: 's', points: [{ id: 'p', status: 'done', hashes }] });
    const rows = async () => (await loadResults(folder)).runs[0]?.columns();
    expect((await rows())?.rows).toBe(40);
    writeRun(join(folder, 'p'), { elapsed: elapsed.map((ns) => ns / 2) });
    await expect(rows()).rejects.toMatchObject({ code: 'E_RESULTS_CHANGED' });
  });

  test('tells repetitions apart by their number', async () => {
    const folder = scratch();
    const points = [0, 1].map((repetition) => ({ id: `r${repetition}`, name: 'same', repetition }));
    for (const { id } of points) writeRun(join(folder, id), { elapsed });
    writeManifest(folder, { suite: 's', points });
    expect((await loadResults(folder)).runs.map((run) => run.name)).toEqual(['same #1', 'same #2']);
  });

  test('goes on without a manifest that is damaged', async () => {
    const folder = scratch();
    writeRun(join(folder, 'run'), { elapsed });
    writeFileSync(join(folder, 'manifest.json'), '{"format":');
    const { runs, notes } = await loadResults(folder);
    expect(runs).toHaveLength(1);
    expect(notes.join()).toContain('manifest.json is not used');
  });

  test('notes two suites in one folder', async () => {
    const folder = scratch();
    for (const suite of ['one', 'two']) {
      mkdirSync(join(folder, suite));
      writeRun(join(folder, suite, 'p'), { elapsed });
      writeManifest(join(folder, suite), { suite, points: [{ id: 'p', name: suite }] });
    }
    const { runs, notes } = await loadResults(folder);
    expect(runs.map((run) => run.suite)).toEqual(['one', 'two']);
    expect(notes.join()).toContain('2 sweeps lie in this folder (one, two)');
  });
});
