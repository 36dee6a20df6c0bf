/** Every kind of run that may lie in a folder, one by one, and what is said of all together. */
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { loadResults } from '../../src/analysis/load-results.js';
import { differencesBetween } from '../../src/analysis/mixtures.js';
import { RTBENCH_COLUMNS } from '../../src/formats/rtbench.js';
import { jobs, scratch, writeManifest, writeRun } from './helpers.js';

const elapsed = jobs(3, 1_000_000);

/** Changes the JSON of a run that is there. */
function edit(path: string, change: (json: Record<string, never>) => object): void {
  const json = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
  writeFileSync(`${path}.json`, JSON.stringify({ ...json, ...change(json) }));
}
const RTBENCH = `${RTBENCH_COLUMNS.join(',')}\n`;
const rtbenchRow = `1,2,3,4,5,5.0,5.1,5.03,5.08,0.03,1${',1'.repeat(10)}\n`;

describe('where runs are found', () => {
  test('by the manifest itself; a CSV of any name, and by its JSON', async () => {
    const folder = scratch();
    writeRun(join(folder, 'run'), { elapsed });
    renameSync(join(folder, 'run.csv'), join(folder, 'run'));
    expect((await loadResults(join(folder, 'run.json'))).runs.map(({ id }) => id)).toEqual(['run']);
    expect((await loadResults(join(folder, 'run'))).runs[0]?.file).not.toBeNull();

    const sweep = scratch();
    writeRun(join(sweep, 'deep', 'p'), { elapsed });
    writeManifest(sweep, { suite: 's', points: [{ id: 'p', csv: 'deep/p.csv' }] });
    const { runs, name } = await loadResults(join(sweep, 'manifest.json'));
    expect(runs).toHaveLength(1); // and not once more below the folder
    expect(runs[0]).toMatchObject({ id: 'deep/p', name: 'p', suite: 's' });
    expect(name).toBe('manifest.json');
  });

  test('in order of their numbers, however deep, not in hidden folders', async () => {
    const folder = scratch();
    for (const path of [
      'r10',
      'r2',
      'f10/a',
      'f2/a',
      '1/2/3/4/in',
      '1/2/3/4/5/6/deep',
      '.hidden/x',
    ])
      writeRun(join(folder, path), { elapsed: [1, 2] });
    renameSync(join(folder, 'r2.csv'), join(folder, 'r2.CSV'));
    writeFileSync(join(folder, 'r2.samples.csv'), 'job,warmup,release_ns,end_ns,response_ns\n');
    const { runs } = await loadResults(folder);
    expect(runs.map(({ id }) => id)).toEqual([
      'r2',
      'r10',
      '1/2/3/4/in',
      '1/2/3/4/5/6/deep',
      'f2/a',
      'f10/a',
    ]);
  });

  test('through links to folders, to runs and to a sweep, each once', async () => {
    const [elsewhere, folder] = [scratch(), scratch()];
    writeRun(join(elsewhere, 'runs', 'in', 'far'), { elapsed });
    writeRun(join(elsewhere, 'one'), { elapsed });
    writeRun(join(elsewhere, 'sweep', 'p'), { elapsed });
    writeManifest(join(elsewhere, 'kept'), { suite: 's', points: [{ id: 'p', name: 'point' }] });
    writeRun(join(folder, 'near', 'own'), { elapsed });
    symlinkSync(join(elsewhere, 'runs'), join(folder, 'a-link'));
    symlinkSync('near', join(folder, 'latest')); // before `near` by its name
    for (const ending of ['csv', 'json'])
      symlinkSync(join(elsewhere, `one.${ending}`), join(folder, `one.${ending}`));
    symlinkSync(join(elsewhere, 'sweep'), join(folder, 'sweep'));
    symlinkSync(
      join(elsewhere, 'kept', 'manifest.json'),
      join(elsewhere, 'sweep', 'manifest.json'),
    );
    const { runs, notes } = await loadResults(folder);
    expect(runs.map(({ id, name }) => [id, name])).toEqual([
      ['one', 'one'],
      ['near/own', 'own'],
      ['a-link/in/far', 'far'],
      ['sweep/p', 'point'],
    ]);
    expect(notes).toEqual([]);
  });

  test('not in a circle, and not above the folder given; a link that leads nowhere is noted', async () => {
    const above = scratch();
    const [folder, beside] = [join(above, 'given'), join(above, 'beside')];
    writeRun(join(beside, 'other'), { elapsed });
    writeRun(join(folder, 'in', 'run'), { elapsed });
    symlinkSync('.', join(folder, 'self'));
    symlinkSync('..', join(folder, 'in', 'up'));
    symlinkSync('../..', join(folder, 'in', 'out'));
    symlinkSync('gone.csv', join(folder, 'lost.csv'));
    symlinkSync('gone', join(folder, 'lost'));
    const { runs, notes } = await loadResults(folder);
    expect(runs.map(({ id }) => id)).toEqual(['in/run']);
    expect(notes).toEqual([
      `${join(folder, 'lost')} is a link that can't be followed (ENOENT), and 1 more.`,
    ]);
  });
});

describe('a CSV among results', () => {
  test.each<[why: string, csv: string, json: object | null, reason: string | null]>([
    ['of other columns is nobody’s', 'a,b\n', null, null],
    [
      'of other columns, with a JSON, is a run that is not there',
      'a,b\n',
      {},
      'its CSV has other columns than a run',
    ],
    ['that is empty, too', '', {}, 'its CSV is empty'],
    ['says why it failed, where that is known', '', { error: { message: 'Gone.' } }, 'Gone.'],
  ])('%s', async (_why, csv, json, reason) => {
    const folder = scratch();
    writeRun(join(folder, 'run'), { elapsed });
    writeFileSync(join(folder, 'x.csv'), csv);
    const about = { format: 'isochron-run', version: 1, plan: { name: 'nice' }, ...json };
    if (json) writeFileSync(join(folder, 'x.json'), JSON.stringify(about));
    const { runs, missing } = await loadResults(folder);
    expect(runs).toHaveLength(1);
    expect(missing).toEqual(reason === null ? [] : [{ name: 'nice', reason }]);
  });

  test.each<[why: string, change: object | null, notes: RegExp[], rest: object]>([
    [
      'without a JSON is a guess',
      null,
      [/^No JSON file stands beside the CSV/],
      { status: 'unknown', file: null },
    ],
    [
      'with another’s JSON is one, too',
      { format: 'mine' },
      [/^run\.json is not used: it is not the file of a run\.$/],
      { status: 'unknown' },
    ],
    [
      'was interrupted',
      { status: 'interrupted' },
      [/^The run was interrupted\.$/],
      { status: 'interrupted' },
    ],
    [
      'failed, nobody knows why',
      { status: 'failed' },
      [/^The run failed: nothing says of what/],
      { status: 'failed', error: null },
    ],
    [
      'failed, and says why',
      { status: 'failed', error: { message: 'Gone.' } },
      [/^The run failed: Gone\.$/],
      { error: 'Gone.' },
    ],
    [
      'stopped at a miss, which is a result',
      { status: 'deadline_miss' },
      [],
      { status: 'deadline_miss' },
    ],
    ['carries what its JSON notes', { notes: ['Said.'] }, [/^Said\.$/], { provenance: 'isochron' }],
    [
      'was imported',
      { provenance: 'rtbench', machine: null },
      [],
      { provenance: 'rtbench', lineBytes: 64 },
    ],
    [
      'was imported with lines of another size',
      { provenance: 'rtbench', machine: null, lineBytes: 32 },
      [],
      { lineBytes: 32 },
    ],
    ['of a machine whose lines are not known', { machine: null }, [], { lineBytes: null }],
    [
      'ran without a period, and without a deadline',
      { plan: { periodNs: 0, deadlineNs: null } },
      [],
      { periodNs: null, deadlineNs: null, name: 'run' },
    ],
    [
      'has its name, period and deadline',
      { plan: { name: 'nice', periodNs: 7, deadlineNs: 5 } },
      [],
      { periodNs: 7, deadlineNs: 5, name: 'nice' },
    ],
    [
      'did not count everything',
      {
        events: [
          { name: 'a', reason: null },
          { name: 'b', reason: 'none' },
        ],
      },
      [],
      { absent: { b: 'none' } },
    ],
    ['has no model', { model: null }, [], { modelBytes: null }],
  ])('%s', async (_why, change, notes, rest) => {
    const path = join(scratch(), 'run');
    writeRun(path, { elapsed });
    if (change) edit(path, () => change);
    else rmSync(`${path}.json`);
    const [run] = (await loadResults(`${path}.csv`)).runs;
    expect(run?.notes).toEqual(notes.map((note) => expect.stringMatching(note)));
    expect(run).toMatchObject(rest);
  });

  test('of RT-Bench is read as it is; of several runs in it only the first', async () => {
    const path = join(scratch(), 'log_timing.csv');
    writeFileSync(path, RTBENCH + rtbenchRow);
    const of = async () => {
      const [run] = (await loadResults(path)).runs;
      return { run, notes: (await run?.columns())?.notes, rows: (await run?.columns())?.rows };
    };
    expect(await of()).toMatchObject({
      run: { name: 'log', provenance: 'rtbench', lineBytes: 64, identity: { network: 'log' } },
      notes: [],
      rows: 1,
    });
    writeFileSync(
      path,
      `${RTBENCH}${rtbenchRow}NEW RUN\n${rtbenchRow}${rtbenchRow.replaceAll('5.', '6.')}`,
    );
    expect(await of()).toMatchObject({
      rows: 1,
      notes: [expect.stringMatching(/^The log holds 2 runs and only the first is used/)],
    });
  });
});

describe('what a sweep’s manifest leaves open', () => {
  test('what failed without a word, and where the repetition is an axis', async () => {
    const folder = scratch();
    writeRun(join(folder, 'a'), { elapsed, status: 'failed' });
    edit(join(folder, 'a'), () => ({ error: null }));
    writeRun(join(folder, 'b'), { elapsed });
    writeFileSync(join(folder, 'c.csv'), '');
    writeManifest(folder, {
      points: [
        { id: 'a', error: { message: 'Told by the sweep.' } },
        { id: 'b', parameters: { repetition: 3 } },
        { id: 'c', error: { message: 'Never began.' } },
        { id: 'd', status: 'failed' },
      ],
    });
    const { runs, missing } = await loadResults(folder);
    expect(runs[0]).toMatchObject({ error: 'Told by the sweep.', interleaved: false });
    expect(runs[0]?.suite).toBe(basename(folder)); // a manifest without a suite’s name
    expect(runs[1]?.repetition).toBe(3);
    expect(missing).toEqual([
      { name: 'c', reason: 'Never began.' },
      { name: 'd', reason: 'it failed' },
    ]);
  });

  test('further passes of a point are of its one run, also where the first is gone or the point retired', async () => {
    const folder = scratch();
    for (const id of ['p.r1', 'p.r1.pass2', 'p.r1.pass12', 'q.r1.pass2', 'o', 'o.pass2', 'x.pass2'])
      writeRun(join(folder, id), { elapsed });
    writeManifest(folder, {
      suite: 's',
      points: [
        { id: 'p.r1', passes: [{ csv: 'p.r1.csv' }, { csv: 'p.r1.pass2.csv' }] },
        { id: 'q.r1', status: 'done' },
      ],
      retired: [{ id: 'o' }],
    });
    const { runs, notes } = await loadResults(folder);
    expect(runs.map(({ id }) => id)).toEqual(['p.r1', 'x.pass2']);
    expect(notes).toContainEqual('x.pass2.csv is not in the manifest of s.');
  });

  test('a point that has run and whose CSV is gone or packed has not just not run', async () => {
    const folder = scratch();
    writeRun(join(folder, 'a'), { elapsed });
    writeFileSync(join(folder, 'packed.csv.gz'), '');
    writeManifest(folder, {
      points: [
        { id: 'a' },
        { id: 'gone', status: 'done', name: 'new', repetition: 0 },
        { id: 'packed', status: 'deadline_miss', name: 'new', repetition: 1 },
        { id: 'later', status: 'pending', name: 'alone', repetition: 0 },
      ],
    });
    expect((await loadResults(folder)).missing).toEqual([
      { name: 'new #1', reason: 'it has run, but its CSV is gone' },
      { name: 'new #2', reason: 'its CSV is compressed (packed.csv.gz)' },
      { name: 'alone', reason: 'it has not run' },
    ]);
  });

  test('several runs that it does not know are counted', async () => {
    const folder = scratch();
    for (const id of ['p', 'x', 'y']) writeRun(join(folder, id), { elapsed });
    writeManifest(folder, { suite: 's', points: [{ id: 'p' }] });
    expect((await loadResults(folder)).notes).toEqual(['2 runs are not in the manifest of s.']);
  });
});

describe('all runs together', () => {
  /** Runs with a change of the JSON of each. */
  const notesOf = async (...changes: object[]) => {
    const folder = scratch();
    for (const [i, change] of changes.entries()) {
      writeRun(join(folder, `r${i}`), { elapsed });
      edit(join(folder, `r${i}`), () => change);
    }
    return (await loadResults(folder)).notes;
  };
  const invalid = (...codes: string[]) => ({
    verdict: {
      valid: false,
      reasons: codes.map((code) => ({ code, message: `It was ${code}.` })),
      notes: [],
    },
  });
  /** Of core 1, which the job has, and of another. */
  const governor = (name: string | null) => ({
    before: {
      cores: [
        { core: 1, governor: name },
        { core: 2, governor: `${name} 2` },
      ],
    },
  });
  const locked = (memoryLocked: boolean) => ({ granted: { memoryLocked }, finished: { jobs: 1 } });
  const machine = (board: string | null, name: string | null, release: string | null) => ({
    machine: { arch: null, board, cpus: [{ name, cores: [0] }], kernel: { release } },
  });

  test.each<[why: string, changes: object[], notes: string[]]>([
    [
      'one INVALID of one',
      [invalid('a', 'b')],
      ['1 of 1 run has the verdict INVALID: It was a. It was b.'],
    ],
    [
      'two of three, for reasons that not both have',
      [invalid('a', 'b'), invalid('a'), {}],
      ['2 of 3 runs have the verdict INVALID: It was a. It was b (so in 1 of them).'],
    ],
    [
      'one that was copied',
      [{ finished: { t0Ns: 5 } }, { finished: { t0Ns: 6 } }, { finished: { t0Ns: 5 } }],
      [
        expect.stringMatching(
          /^\S+ is a copy of \S+ \(its first release was at the same instant\), and is left out\.$/,
        ),
      ],
    ],
    ['some without a job', [{ finished: { t0Ns: 0 } }, { finished: { t0Ns: 0 } }], []],
    [
      'two machines',
      [machine('x', 'A53', '6.1'), machine('x', 'A53', '6.6'), machine(null, 'A72', null)],
      ['The runs were made on different machines: A72; x, A53, 6.1; x, A53, 6.6.'],
    ],
    [
      'a machine that tells nothing is no other',
      [machine('x', null, null), machine(null, null, null), { machine: null }],
      [],
    ],
    ['a version that is not known is no other', [{ tool: null }, {}], []],
    [
      'two governors of the job’s core',
      [governor('powersave'), governor('performance')],
      ['The runs were made under different governors: performance, powersave.'],
    ],
    [
      'two governors of one core, where the job may have any',
      [{ ...governor('powersave'), plan: { cores: [] } }, governor('powersave')],
      ['The runs were made under different governors: powersave, powersave and powersave 2.'],
    ],
    [
      'two governors of the one core that the job was left',
      ['powersave', 'performance'].map((name) => ({
        ...governor(name),
        plan: { cores: [] },
        granted: { cores: [1] },
      })),
      ['The runs were made under different governors: performance, powersave.'],
    ],
    ['a governor that is hidden is no other', [governor(null), { before: null }, {}], []],
    [
      'memory that was locked in some',
      [locked(true), locked(false), locked(true)],
      ['The runs differ in their memory: locked, not locked.'],
    ],
    [
      'memory of which a run that was killed can’t tell',
      [locked(true), { ...locked(false), finished: null }, { granted: null }],
      [],
    ],
  ])('%s', async (_why, changes, notes) => {
    expect(await notesOf(...changes)).toEqual(notes);
  });

  test('differ between two results that are each of one kind', async () => {
    const results = async (...changes: object[]) => {
      const folder = scratch();
      for (const [i, change] of changes.entries()) {
        writeRun(join(folder, `r${i}`), { elapsed });
        edit(join(folder, `r${i}`), () => change);
      }
      return loadResults(folder);
    };
    const [here, there] = [machine('x', 'A53', '6.1'), machine('x', 'A53', '6.6')];
    const note = 'The runs were made on different machines: x, A53, 6.1; x, A53, 6.6.';
    expect(differencesBetween(await results(here), await results(there))).toEqual([note]);
    expect(differencesBetween(await results(here), await results(here))).toEqual([]);
    // what one of them has in itself it says already, and what the other adds is said with it
    const both = await results(here, there);
    expect(both.notes).toEqual([note]);
    expect(differencesBetween(both, await results(here))).toEqual([]);
    expect(differencesBetween(both, await results(machine('y', null, null)))).toEqual([
      'The runs were made on different machines: x, A53, 6.1; x, A53, 6.6; y.',
    ]);
  });

  test('of one name are told apart by repetition, or else by where they lie', async () => {
    const folder = scratch();
    for (const id of ['a', 'b', 'c', 'd', 'e']) writeRun(join(folder, id), { elapsed });
    const point = (id: string, name: string, repetition?: number) => ({ id, name, repetition });
    writeManifest(folder, {
      suite: 's',
      points: [
        point('a', 'x', 0),
        point('b', 'x', 0),
        point('c', 'y', 0),
        point('d', 'y'),
        point('e', 'z'),
      ],
    });
    expect((await loadResults(folder)).runs.map(({ name }) => name)).toEqual([
      'x (a)',
      'x (b)',
      'y (c)',
      'y (d)',
      'z',
    ]);
  });

  test('take accuracies by run, by model with and without its precision, but not against the sweep', async () => {
    const folder = scratch();
    for (const [id, model] of Object.entries({
      a: 'n_int8',
      b: 'n_fp32',
      c: 'm_fp32',
      d: 'm_fp32',
      e: 'k',
    }))
      writeRun(join(folder, id), { elapsed, model });
    writeManifest(folder, {
      suite: 's',
      points: [
        { id: 'a' },
        { id: 'b' },
        { id: 'c', name: 'see' },
        { id: 'd', accuracy: 0.9 },
        { id: 'e' },
      ],
    });
    writeFileSync(
      join(folder, 'accuracy.csv'),
      'name,accuracy\nn_int8,0.1\nn,0.2\nsee,0.3\nd,0.4\nm,0.5\n',
    );
    expect((await loadResults(folder)).runs.map(({ accuracy }) => accuracy)).toEqual([
      0.1,
      0.2,
      0.3,
      0.9,
      null,
    ]);
    // for one run, too, the file in its folder counts
    expect((await loadResults(join(folder, 'a.csv'))).runs[0]?.accuracy).toBe(0.1);
  });

  test('take the accuracy of a network by its bare name for floats alone', async () => {
    const folder = scratch();
    for (const [id, model] of Object.entries({ a: 'n_fp32', b: 'n_int8', c: 'k', d: 'm_uint8' }))
      writeRun(join(folder, id), { elapsed, model });
    writeFileSync(join(folder, 'accuracy.csv'), 'model,accuracy\nn,0.4\nk,0.5\nm_uint8,0.6\n');
    const { runs, notes } = await loadResults(folder);
    expect(runs.map(({ accuracy }) => accuracy)).toEqual([0.4, null, 0.5, 0.6]);
    const note =
      'accuracy.csv: n is the network of floats, so n_int8 has no accuracy: its own goes under its own name.';
    expect(notes).toEqual([note]);
    // nor does a run take it that is looked at alone
    const alone = await loadResults(join(folder, 'b.csv'));
    expect(alone.runs[0]?.accuracy).toBeNull();
    expect(alone.notes).toEqual([note]);
  });
});
