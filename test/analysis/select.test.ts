/** Which runs are compared with which. */
import { describe, expect, it as test } from 'vitest';
import type { Identity } from '../../src/analysis/identity.js';
import type { Run } from '../../src/analysis/results.js';
import {
  configurations,
  contestsBy,
  matchResults,
  onlyTwo,
  type Selection,
  variedFacts,
} from '../../src/analysis/select.js';
import { runFileSchema } from '../../src/formats/run-file.js';
import type { UsageError } from '../../src/kernel/errors.js';
import { resultsOf, runOf } from './fabricated.js';

const run = (id: string, identity: Identity, rest: Partial<Run> = {}) =>
  runOf(id, [1], { identity, ...rest });
const pairs = ({ contests }: Selection) => contests.map(({ a, b }) => [a.name, b.name]);
function refusal(action: () => unknown): { message: string; hint: string | undefined } {
  try {
    action();
  } catch (error) {
    const { message, hint } = error as UsageError;
    return { message, hint };
  }
  throw new Error('it was accepted');
}

describe('repetitions of one measurement', () => {
  const same = { network: 'n', threads: 1 };
  const of = (...runs: Run[]) =>
    configurations(runs).map(({ name, runs: group }) => [name, group.map(({ id }) => id)]);

  test('are runs of one suite that differ in nothing but the repetition', () => {
    expect(
      of(
        run('a', { ...same, repetition: 0 }, { name: 'n #1', suite: 's', repetition: 0 }),
        run('b', { ...same, threads: 2 }, { name: 'other', suite: 's', repetition: 0 }),
        run('c', { ...same, repetition: 1 }, { name: 'n #2', suite: 's', repetition: 1 }),
        run('d', same, { name: 'elsewhere', suite: 't', repetition: 0 }),
      ),
    ).toEqual([
      ['n', ['a', 'c']],
      ['other', ['b']],
      ['elsewhere', ['d']],
    ]);
  });
  test('are not two runs that happen to be alike: nothing says that they were meant so', () => {
    expect(of(run('a', same), run('b', same))).toEqual([
      ['a', ['a']],
      ['b', ['b']],
    ]);
  });
  test.each([
    [['n #1', 'n #2'], 'n'],
    [['n (x/a)', 'n (x/b)'], 'n'],
    [['n #1'], 'n #1'], // one alone keeps its name
    [['n #1 fast', 'n #2 fast'], 'n #1 fast'],
  ])('%j are called %s', (names, name) => {
    const runs = names.map((n, repetition) => run(n, same, { repetition }));
    expect(configurations(runs).map((side) => side.name)).toEqual([name]);
  });
});

describe('the measurements of two results', () => {
  const one = (name: string, ...runs: Run[]) => resultsOf(name, runs);

  test('are the only one of each, whatever they are', () => {
    const [a, b] = [one('x', run('a', { network: 'n' })), one('y', run('b', { network: 'm' }))];
    expect(matchResults(a, b)).toMatchObject({ notes: [] });
    expect(pairs(matchResults(a, b))).toEqual([['a', 'b']]);
  });
  test('of one name are told apart by their results, or by their paths where these have one name, too', () => {
    const [a, b] = [one('x', run('a', {})), one('y', run('a', {}))];
    expect(pairs(matchResults(a, b))).toEqual([['x: a', 'y: a']]);
    const elsewhere = { ...b, name: 'x', path: '/elsewhere/x' };
    expect(pairs(matchResults(a, elsewhere))).toEqual([['/results/x: a', '/elsewhere/x: a']]);
  });
  test('are those that are the same, whatever they are called', () => {
    const a = one('x', run('a1', { threads: 1 }), run('a2', { threads: 2 }));
    const b = one('y', run('b2', { threads: 2 }), run('b1', { threads: 1, period: 7 }));
    expect(pairs(matchResults(a, b))).toEqual([
      ['a1', 'b1'],
      ['a2', 'b2'],
    ]);
  });
  test('else those of one name, and what has no partner is counted', () => {
    const a = one('x', run('p', { threads: 1 }), run('q', { threads: 2 }));
    const b = one('y', run('p', { threads: 3 }), run('r', { threads: 4 }));
    expect(pairs(matchResults(a, b))).toEqual([['x: p', 'y: p']]);
    expect(matchResults(a, b).notes).toEqual([
      '2 measurements have no partner on the other side, or more than one, and are left out: q of /results/x, ….',
    ]);
    expect(matchResults(a, b).lost).toEqual(['q of /results/x has no partner on the other side.']);
  });
  test('else those that only another engine, core or policy tells apart', () => {
    const a = one('x', run('p', { threads: 1, engine: 'e', cores: '1' }), run('q', { threads: 2 }));
    const b = one('y', run('r', { threads: 1, engine: 'f', scheduling: 'fifo 9' }));
    expect(pairs(matchResults(a, b))).toEqual([['p', 'r']]);
    expect(matchResults(a, b).notes).toEqual([
      '1 measurement has no partner on the other side, or more than one, and is left out: q of /results/x.',
    ]);
  });
  test('are told apart by the period where a sweep varies it', () => {
    const of = (name: string) =>
      one(
        name,
        ...[4, 2].map((period) => run(`${period}`, { network: 'w', period }, { suite: 's' })),
      );
    expect(pairs(matchResults(of('x'), of('y')))).toEqual([
      ['x: 4', 'y: 4'],
      ['x: 2', 'y: 2'],
    ]);
  });
  test('are not those of two values of an axis, because nothing else is left', () => {
    const of = (name: string, ...periods: number[]) =>
      one(
        name,
        ...periods.map((period) =>
          run(`${name}${period}`, { network: 'w', period }, { suite: 's' }),
        ),
      );
    const { contests, lost } = matchResults(of('x', 2, 4), of('y', 2, 7));
    expect(contests.map(({ a, b }) => [a.name, b.name])).toEqual([['x2', 'y2']]);
    expect(lost).toHaveLength(1);
  });
  test('of which several are alike have no partner by what they are, but by their names', () => {
    const alike = (name: string, ...ids: string[]) =>
      one(name, ...ids.map((id) => run(id, { network: 'w' })));
    const [a, b] = [alike('x', '1', '2', '3'), alike('y', '1', '3', '4')];
    expect(pairs(matchResults(a, b))).toEqual([
      ['x: 1', 'y: 1'],
      ['x: 3', 'y: 3'],
    ]);
    expect(matchResults(a, b).lost).toHaveLength(1);
    const unlike = alike('y', '5', '6');
    expect(refusal(() => matchResults(a, unlike)).message).toMatch(/no measurement in common/);
  });
  test('or none, which is said with what to do', () => {
    const a = one('x', run('p', { threads: 1 }), run('q', { threads: 2 }));
    expect(refusal(() => matchResults(a, one('y', run('r', { threads: 3 }))))).toEqual({
      message: '/results/x and /results/y have no measurement in common.',
      hint: 'Name one run of each, or compare within one folder with --by.',
    });
  });
});

test('facts that vary are those with more than one value, the plainest first', () => {
  const varied = variedFacts([
    run('a', { precision: 'int8', threads: 2, network: 'n' }),
    run('b', { precision: 'fp32', threads: 1, network: 'n', cores: '1' }),
    run('c', { precision: 'fp32', threads: 2 }),
  ]);
  expect([...varied]).toEqual([
    ['precision', ['fp32', 'int8']],
    ['threads', [1, 2]],
  ]);
});

describe('within one folder, by a fact', () => {
  const by = (name: string, ...runs: Run[]) => contestsBy(resultsOf('x', runs), name);

  test('every value is compared with the plainest, which is named where the name does not tell it', () => {
    const selection = by(
      'quantization',
      run('n int8', { network: 'n', precision: 'int8' }),
      run('n', { network: 'n', precision: 'fp32' }),
      run('N UINT8', { network: 'n', precision: 'uint8' }),
    );
    expect(pairs(selection)).toEqual([
      ['n (fp32)', 'n int8'],
      ['n (fp32)', 'N UINT8'],
    ]);
    expect(selection.notes).toEqual([]);
  });

  test('what differs in anything else has no counterpart, and is counted', () => {
    const selection = by(
      'threads',
      run('p1', { network: 'p', threads: 1 }),
      run('p2', { network: 'p', threads: 2 }),
      run('q1', { network: 'q', threads: 1 }),
      run('r2', { network: 'r', threads: 2 }),
      run('s', { network: 's' }),
    );
    expect(pairs(selection)).toEqual([['p1 (1 thread)', 'p2 (2 threads)']]);
    expect(selection.notes).toEqual([
      '1 measurement tells no threads and is left out.',
      '2 measurements have no counterpart that differs in threads only.',
    ]);
    expect(
      by(
        'threads',
        ...['p1', 'p2'].map((id, i) => run(id, { threads: i + 1 })),
        run('s', {}),
        run('t', {}),
        run('q', { network: 'q', threads: 1 }),
      ).notes,
    ).toEqual([
      '2 measurements tell no threads and are left out.',
      '1 measurement has no counterpart that differs in threads only.',
    ]);
  });

  test('sweeps are not mixed', () => {
    const selection = () =>
      by(
        'threads',
        run('a', { threads: 1 }, { suite: 's' }),
        run('b', { threads: 2 }, { suite: 't' }),
      );
    expect(refusal(selection)).toEqual({
      message: 'no two runs in /results/x differ in threads only.',
      hint: 'What varies there: threads.',
    });
  });

  test('by a name that none is plainer than, the first of the suite is what the others are compared with', () => {
    const runs = ['new', 'old'].map((variant) => run(variant, { network: 'n', variant }));
    const results = resultsOf('x', runs);
    expect(pairs(contestsBy(results, 'variant'))).toEqual([['new', 'old']]);
    const placed = resultsOf('x', [
      run('new', { network: 'n', variant: 'new' }, { places: { variant: 1 } }),
      run('old', { network: 'n', variant: 'old' }, { places: { variant: 0 } }),
    ]);
    expect(pairs(contestsBy(placed, 'variant'))).toEqual([['old', 'new']]);
    const plain = resultsOf(
      'x',
      [2, 1].map((threads, i) => run(`t${threads}`, { threads }, { places: { threads: i } })),
    );
    expect(pairs(contestsBy(plain, 'threads'))).toEqual([['t1 (1 thread)', 't2 (2 threads)']]);
  });

  test.each(['period', 'jobs', 'warmup'])(
    'what %s tells apart where it is an axis is compared at each of its values',
    (axis) => {
      const at = (threads: number, value: number) =>
        run(`t${threads} ${value}`, { threads, [axis]: value }, { suite: 's' });
      const selection = by('threads', at(2, 9), at(1, 5), at(2, 5), at(1, 9));
      expect(pairs(selection)).toEqual([
        ['t1 9 (1 thread)', 't2 9 (2 threads)'],
        ['t1 5 (1 thread)', 't2 5 (2 threads)'],
      ]);
      // one that follows from the other is no obstacle
      expect(pairs(by('threads', at(1, 5), at(2, 9)))).toHaveLength(1);
    },
  );

  test('another file of one name on the other side is said, and lost', () => {
    const at = (threads: number, path: string, sha256: string) =>
      run(
        `t${threads}`,
        { threads },
        {
          content: sha256,
          file: runFileSchema.parse({
            format: 'isochron-run',
            version: 1,
            model: { path, sha256, bytes: 1 },
          }),
        },
      );
    const said = (...runs: Run[]) => {
      const { notes, contests } = by('threads', ...runs);
      return { notes, lost: contests[0]?.lost };
    };
    expect(said(at(1, 'm', 'x'), at(2, 'm', 'x')).lost).toEqual([]);
    expect(said(at(1, 'm', 'x'), at(2, 'other', 'y')).lost).toEqual([]);
    const { notes, lost } = said(at(1, 'm', 'x'), at(2, 'm', 'y'));
    expect(notes).toEqual([
      't2 (2 threads) ran another model than t1 (1 thread), under the same name: m.',
    ]);
    expect(lost).toEqual(notes);
  });

  test('what is left out of several of the same is said as it is', () => {
    const { notes } = by(
      'threads',
      run('a', { threads: 1 }),
      run('b', { threads: 1 }),
      run('c', { threads: 2 }),
    );
    expect(notes).toEqual([expect.stringMatching(/was measured more than once, .* \(b\)\.$/)]);
  });

  test('the rivals of one sweep leave another one as it is', () => {
    const at = (suite: string, us: number, period: number) =>
      run(`${suite} ${us} ${period}`, { us, period }, { suite });
    const p = [at('p', 100, 2), at('p', 300, 6)];
    const q = [at('q', 100, 2), at('q', 100, 4), at('q', 200, 2), at('q', 200, 4)];
    expect(by('us', ...p, ...q).contests).toHaveLength(3);
  });

  test('runs of other files under one name are no repetitions: the most are used, and the rest is lost', () => {
    const at = (threads: number, repetition: number, content: string) =>
      run(`t${threads}.${repetition}`, { threads }, { suite: 's', repetition, content });
    const runs = [0, 1, 2].flatMap((n) => [at(1, n, 'm'), at(2, n, n === 0 ? 'other' : 'm')]);
    const { contests, notes, lost } = by('threads', ...runs);
    expect(contests.map(({ a, b }) => [a.runs.length, b.runs.length])).toEqual([[3, 2]]);
    expect(notes).toEqual([
      expect.stringMatching(/was measured with several files or definitions under one name/),
    ]);
    expect(lost).toEqual([]);
    expect(contests[0]?.lost).toEqual(notes);
  });

  test('of two sweeps in one folder the sides are of one, whatever is missing in the other', () => {
    const at = (folder: string, threads: number, repetition: number) =>
      run(
        `${folder}-${threads}.${repetition}`,
        { threads },
        {
          suite: 's',
          repetition,
          content: folder + threads,
          csvPath: `/x/${folder}/${threads}.csv`,
        },
      );
    const numbers = [0, 1, 2, 3];
    const all = (folder: string, threads: number, but: number) =>
      numbers.filter((n) => n !== but).map((n) => at(folder, threads, n));
    const runs = [
      ...[...all('one', 1, -1), ...all('one', 2, 3)],
      ...[...all('two', 1, 3), ...all('two', 2, -1)],
    ];
    const { contests } = by('threads', ...runs);
    expect(contests).toHaveLength(1);
    const [first] = contests;
    const folders = [first?.a, first?.b].flatMap((side) => side?.runs.map((r) => r.content?.[0]));
    expect(new Set(folders).size).toBe(1);
    expect(first?.lost).toHaveLength(2);
  });

  test('of two that differ in nothing but their period that with a partner is used', () => {
    const selection = by(
      'threads',
      run('a', { threads: 1, period: 5 }),
      run('b', { threads: 1, period: 7 }),
      run('c', { threads: 2, period: 5 }),
    );
    expect(pairs(selection)).toEqual([['a (1 thread)', 'c (2 threads)']]);
    expect(selection.notes).toEqual([
      '1 measurement has no counterpart that differs in threads only.',
    ]);
    expect(selection.lost).toEqual(['b has no counterpart that differs in threads only.']);
  });

  test.each<[why: string, runs: Identity[], contests: number]>([
    [
      'another name of the same axis varies with it, value by value',
      [
        { depth: '1', label: 'x' },
        { depth: '2', label: 'y' },
      ],
      1,
    ],
    [
      'two values of the other for one of it are no other name',
      [
        { depth: '1', label: 'x' },
        { depth: '1', label: 'y' },
        { depth: '2', label: 'z' },
      ],
      0,
    ],
    [
      'one value of the other for two of it: nor that',
      [
        { depth: '1', label: 'x' },
        { depth: '2', label: 'y' },
        { depth: '3', label: 'x' },
      ],
      1, // 1 against 3, which the label does not tell apart
    ],
    [
      'what not all of them tell is no other name',
      [{ depth: '1', label: 'x' }, { depth: '2', label: 'y' }, { depth: '3' }, { depth: '4' }],
      1,
    ],
  ])('%s', (_why, identities, contests) => {
    const runs = identities.map((identity, i) => run(`r${i}`, identity));
    if (contests === 0) expect(refusal(() => by('depth', ...runs)).message).toMatch(/no two runs/);
    else expect(by('depth', ...runs).contests).toHaveLength(contests);
  });

  test('an axis whose values are definitions settles what is none itself: also what one of them does not tell', () => {
    const ids = ({ contests }: Selection) =>
      contests.map(({ a, b }) => [a.runs[0]?.id, b.runs[0]?.id]);
    const definitions: Record<string, Identity> = {
      nothing: { network: 'noop' },
      short: { network: 'spin', us: 100 },
      long: { network: 'spin', us: 200 },
    };
    const runs = (more: Identity, places: Record<string, number>) =>
      Object.entries(definitions).map(([variant, facts], place) =>
        run(
          `${variant}${Object.values(more)}`,
          { variant, ...facts, ...more },
          { places: { variant: place, ...places } },
        ),
      );
    expect(ids(by('variant', ...runs({}, {})))).toEqual([
      ['nothing', 'short'],
      ['nothing', 'long'],
    ]);
    // another axis is held fast
    const crossed = [
      ...runs({ threads: 1 }, { threads: 0 }),
      ...runs({ threads: 2 }, { threads: 1 }),
    ];
    expect(ids(by('variant', ...crossed))).toEqual([
      ['nothing1', 'short1'],
      ['nothing1', 'long1'],
      ['nothing2', 'short2'],
      ['nothing2', 'long2'],
    ]);
    const apart = runs({}, {}).map((one, i) => ({
      ...one,
      identity: { ...one.identity, size: i % 2 },
      places: { ...one.places, size: i % 2 },
      parameters: { ...one.parameters, size: i % 2 },
    }));
    expect(ids(by('variant', ...apart))).toEqual([['nothing', 'long']]);
    // of what no suite names as an axis, only another name of it, value by value, is excused
    expect(
      ids(by('variant', ...runs({}, {}).map((one) => ({ ...one, places: {}, parameters: {} })))),
    ).toEqual([['long', 'short']]);
  });

  test('an axis of a built network is compared though the network is called by all that it was built with', () => {
    const point = (model: string, alpha: number, resolution: number) =>
      run(
        `${model} ${alpha} ${resolution}`,
        { network: `${model}_${alpha}_${resolution}`, alpha, resolution },
        {
          suite: 's',
          places: { network: 0, alpha: 0, resolution: 0 },
          parameters: { network: model, alpha, resolution },
        },
      );
    const cross = (...models: string[]) =>
      models.flatMap((model) =>
        [0.25, 0.5].flatMap((alpha) => [96, 128].map((size) => point(model, alpha, size))),
      );
    expect(by('alpha', ...cross('a')).contests).toHaveLength(2);
    expect(by('resolution', ...cross('a')).contests).toHaveLength(2);
    expect(pairs(by('alpha', ...cross('a', 'b')))).toEqual(
      ['a', 'b'].flatMap((model) =>
        [96, 128].map((size) => [
          `${model} 0.25 ${size} (alpha 0.25)`,
          `${model} 0.5 ${size} (alpha 0.5)`,
        ]),
      ),
    );
    // without axes nothing tells that the network follows from them
    const bare = cross('a').map((one) => ({ ...one, places: {}, parameters: {} }));
    expect(refusal(() => by('alpha', ...bare)).message).toMatch(/no two runs/);
  });

  test('a fact of which there is one value, and which some do not tell, does not stop an axis of definitions', () => {
    const at = (variant: string, facts: Identity, place: number) =>
      run(variant, { network: 'm', variant, ...facts }, { places: { variant: place } });
    const runs = [at('in use', {}, 0), at('new', { precision: 'int8' }, 1)];
    expect(by('variant', ...runs).contests).toHaveLength(1);
  });

  test('a subject in its own right is never the other name of another', () => {
    const runs = [run('a', { network: 'a', threads: 1 }), run('b', { network: 'b', threads: 2 })];
    expect(refusal(() => by('threads', ...runs)).message).toMatch(/no two runs/);
  });

  test('what does not vary is refused with what does, repetitions apart', () => {
    const runs = [
      run('a', { threads: 1, repetition: 0, cores: '1' }),
      run('b', { threads: 2, repetition: 1, cores: '2' }),
    ];
    expect(refusal(() => by('precision', ...runs))).toEqual({
      message: 'nothing in /results/x varies in precision.',
      hint: 'What varies there: threads, cores.',
    });
    expect(refusal(() => by('precision', run('a', {}), run('b', {}))).hint).toBe(
      'All of its runs are alike.',
    );
  });
});

describe('the only two of a folder', () => {
  const two = (...runs: Run[]) => onlyTwo(resultsOf('x', runs));
  test('are in their order', () => {
    expect(two(run('a', { threads: 1 }), run('b', { threads: 2 }))).toMatchObject({
      contests: [{ a: { name: 'a' }, b: { name: 'b' } }],
      notes: [],
    });
  });
  test('of a sweep have the plainer one for the baseline, whichever ran first', () => {
    const point = (us: number) => run(`${us}`, { us }, { suite: 's' });
    expect(pairs(two(point(300), point(100)))).toEqual([['100', '300']]);
    expect(pairs(two(run('b', { us: 300 }), run('a', { us: 100 })))).toEqual([['b', 'a']]);
  });
  test('of a sweep have the order of its axis, not of what follows from it', () => {
    const point = (variant: string, precision: string, place: number) =>
      run(variant, { precision, variant }, { suite: 's', places: { variant: place } });
    const inUse = point('in use', 'int8', 0);
    expect(pairs(two(point('new', 'fp32', 1), inUse))).toEqual([['in use', 'new']]);
  });
  test('are not one, and not three', () => {
    expect(refusal(() => two(run('a', {})))).toEqual({
      message: '/results/x holds one measurement, and a comparison needs two.',
      hint: 'Name a second run: isochron compare A B.',
    });
    const three = [0, 1, 2].map((n) => run(`r${n}`, { threads: n, cores: `${n}`, repetition: n }));
    expect(refusal(() => two(...three))).toEqual({
      message: '/results/x holds 3 measurements: say what to compare them by.',
      hint: 'Add --by threads (what varies: threads, cores), or name two runs.',
    });
    expect(refusal(() => two(...[0, 1, 2].map((n) => run(`r${n}`, {}))))).toEqual({
      message:
        '/results/x holds 3 measurements of the same, which differ in nothing that is known.',
      hint: 'Name two of them: isochron compare A B.',
    });
  });
});
