import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { loadResults } from '../../src/analysis/load-results.js';
import type { IsochronError } from '../../src/kernel/errors.js';
import { scratch, writeRun } from '../analysis/helpers.js';

/** A run of six jobs, whose CSV (as cells) and JSON are then changed. */
async function read(
  changeRows: (rows: string[][], at: (name: string) => number) => void,
  changeJson: (json: Record<string, unknown>) => void = () => {},
) {
  const path = join(scratch(), 'run');
  writeRun(path, { elapsed: [9e6, 5e6, 5e6, 12e6, 5e6, 5e6] });
  const lines = readFileSync(`${path}.csv`, 'utf8').trimEnd().split('\n');
  const rows = lines.map((line) => line.split(','));
  changeRows(rows, (name) => (rows[0] as string[]).indexOf(name));
  writeFileSync(`${path}.csv`, `${rows.map((row) => row.join(',')).join('\n')}\n`);
  const json = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
  json.summary = { counts: { executed: 6 } };
  changeJson(json);
  writeFileSync(`${path}.json`, JSON.stringify(json));
  const [run] = (await loadResults(`${path}.csv`)).runs;
  return run?.columns();
}
const refused = async (...change: Parameters<typeof read>) => {
  const error = await read(...change).then(
    () => null,
    (e: IsochronError) => e,
  );
  expect(error?.code).toBe('E_RESULTS_CHANGED');
  expect(error?.hint).toBeTruthy();
  return error?.message;
};

const withoutPlan = (json: Record<string, unknown>) => {
  delete json.plan;
};

describe('rows that hold together', () => {
  test('are read', async () => expect((await read(() => {}))?.rows).toBe(6));

  test.each([
    ['elapsed_ns', /line 4: end_ns - start_ns is 5000000, but elapsed_ns is 5000001/],
    ['release_latency_ns', /woken_ns - release_ns is \d+, but release_latency_ns is \d+/],
    ['dispatch_ns', /start_ns - woken_ns is \d+, but dispatch_ns is \d+/],
    ['response_ns', /end_ns - release_ns is \d+, but response_ns is \d+/],
    ['lateness_ns', /end_ns - deadline_ns is -\d+, but lateness_ns is -\d+/],
  ])('are told from rows whose %s was changed by a nanosecond', async (name, words) => {
    const message = await refused((rows, at) => {
      const cells = rows[3] as string[];
      cells[at(name)] = String(Number(cells[at(name)]) + 1);
    });
    expect(message).toMatch(words);
  });

  test.each([
    'elapsed_ns',
    'release_latency_ns',
    'dispatch_ns',
    'woken_ns',
    'start_ns',
    'end_ns',
    'release_ns',
    'deadline_ns',
    'deadline_met',
  ])('are told from rows whose %s was emptied', async (name) => {
    const message = await refused((rows, at) => {
      (rows[3] as string[])[at(name)] = '';
    });
    expect(message).toMatch(/line 4: .*absent/);
  });

  test('have a dispatch without a wake-up where nothing was waited for', async () => {
    const columns = await read((rows, at) => {
      const cells = rows[3] as string[];
      cells[at('woken_ns')] = cells[at('release_latency_ns')] = '';
      cells[at('dispatch_ns')] = String(
        BigInt(cells[at('start_ns')] as string) - BigInt(cells[at('release_ns')] as string),
      );
    });
    expect(columns?.rows).toBe(6);
  });

  /** The file as it was before the wake-up had a column: the latency is that of the start. */
  const aged = (rows: string[][], at: (name: string) => number) => {
    for (const cells of rows.slice(1))
      cells[at('release_latency_ns')] = String(
        BigInt(cells[at('start_ns')] as string) - BigInt(cells[at('release_ns')] as string),
      );
    const gone = ['woken_ns', 'dispatch_ns', 'slept'].map(at);
    for (const [i, cells] of rows.entries()) rows[i] = cells.filter((_, c) => !gone.includes(c));
  };

  test('of an older isochron are read, and held to what held then', async () => {
    expect((await read(aged))?.rows).toBe(6);
    const message = await refused((rows, at) => {
      aged(rows, at);
      const cells = rows[3] as string[];
      const latency = (rows[0] as string[]).indexOf('release_latency_ns');
      cells[latency] = String(Number(cells[latency]) + 1);
    });
    expect(message).toMatch(/start_ns - release_ns is \d+, but release_latency_ns is \d+/);
  });

  test('are told from rows with a cell that is no number, by their count', async () => {
    const message = await refused((rows, at) => {
      (rows[3] as string[])[at('elapsed_ns')] = 'NaN';
    });
    expect(message).toMatch(/holds 5 jobs, and the JSON beside it says that 6 were executed/);
  });

  test.each(['elapsed_ns', 'deadline_met', 'core'])(
    'are told from those whose column %s was renamed',
    async (name) => {
      const message = await refused((rows, at) => {
        (rows[0] as string[])[at(name)] = 'time';
      });
      expect(message).toContain(`has no column ${name}, which isochron always writes`);
    },
  );

  test.each(['elapsed_ns', 'inst_retired'])(
    'are told from those with a second column %s',
    async (name) => {
      const message = await refused((rows) => {
        for (const [i, cells] of rows.entries()) cells.push(i === 0 ? name : '1');
      });
      expect(message).toContain(`has two columns ${name}`);
    },
  );

  test.each(['0', '1'])('are told from rows whose deadline_met was turned (%s)', async (now) => {
    const message = await refused((rows, at) => {
      for (const cells of rows.slice(1)) cells[at('deadline_met')] = now;
    });
    expect(message).toMatch(/deadline_met is \d, but end_ns - deadline_ns is /);
  });

  test('have met a deadline at which they end to the nanosecond', async () => {
    const columns = await read((rows, at) => {
      const cells = rows[3] as string[];
      const late = BigInt(cells[at('lateness_ns')] as string);
      cells[at('deadline_ns')] = String(BigInt(cells[at('deadline_ns')] as string) + late);
      cells[at('lateness_ns')] = '0';
    }, withoutPlan);
    expect(columns?.column('deadline_met')?.[2]).toBe(1);
  });

  test('are told from times that a spreadsheet rounded', async () => {
    const message = await refused((rows, at) => {
      for (const cells of rows.slice(1))
        for (const name of ['release_ns', 'start_ns', 'end_ns', 'deadline_ns'])
          cells[at(name)] = Number(cells[at(name)]).toExponential(5).replace('e', 'E');
    });
    expect(message).toMatch(/run\.csv, line 2: /);
  });

  test('are told from rows in another order, and from a row that is there twice', async () => {
    expect(
      await refused((rows) => {
        [rows[2], rows[3]] = [rows[3] as string[], rows[2] as string[]];
      }),
    ).toMatch(/line 4: job 1 comes after job 2/);
    expect(
      await refused((rows) => {
        rows.push([...(rows[6] as string[])]);
      }),
    ).toMatch(/line 8: job 5 comes after job 5/);
  });
});

describe('rows and the JSON beside them', () => {
  const dropLast = (rows: string[][]) => {
    rows.pop();
  };
  test.each(['done', 'interrupted', 'deadline_miss'])(
    'agree in number, or are refused (%s)',
    async (status) => {
      const message = await refused(dropLast, (json) => {
        json.status = status;
      });
      expect(message).toMatch(/holds 5 jobs, and the JSON beside it says that 6 were executed/);
    },
  );

  test('of a run that failed may lack rows, but not have more', async () => {
    const failed = (json: Record<string, unknown>) => {
      json.status = 'failed';
    };
    expect((await read(dropLast, failed))?.rows).toBe(5);
    await refused(
      () => {},
      (json) => {
        failed(json);
        json.summary = { counts: { executed: 4 } };
      },
    );
  });

  test('of a run that was killed have no number to be held against', async () => {
    const columns = await read(dropLast, (json) => {
      json.status = 'running';
      json.summary = { counts: { executed: 0 } };
    });
    expect(columns?.rows).toBe(5);
  });

  const elapsedNs = 5e6 + 5e6 + 12e6 + 5e6 + 5e6; // of all but the first
  const summarised = (counts: object, more: object = {}) => ({
    summary: { counts: { executed: 6, ...counts }, ...more },
  });
  test('agree in which jobs the statistics rest on, and in their time', async () => {
    const columns = await read(
      () => {},
      (json) => Object.assign(json, summarised({ inStatistics: 5 }, { elapsedNs })),
    );
    expect(columns?.rows).toBe(6);
    const message = await refused(
      (rows, at) => {
        for (const cells of rows.slice(1, 4)) cells[at('warmup')] = '1';
      },
      (json) => Object.assign(json, summarised({ inStatistics: 5 })),
    );
    expect(message).toMatch(
      /has 3 jobs in the statistics, and the JSON beside it 5: the two do not/,
    );
    const other = await refused(
      () => {},
      (json) => Object.assign(json, summarised({ inStatistics: 5 }, { elapsedNs: 2 * elapsedNs })),
    );
    expect(other).toMatch(
      /has jobs in the statistics of 32000000 ns in all, and the JSON beside it of 64000000 ns/,
    );
  });

  test('of a run that lost rows as it failed have other statistics', async () => {
    const columns = await read(dropLast, (json) =>
      Object.assign(json, summarised({ inStatistics: 5 }, { elapsedNs }), { status: 'failed' }),
    );
    expect(columns?.rows).toBe(5);
  });

  const first = 1_000_000_000_000_000_000n; // as helpers.ts has it
  test.each([
    ['1000000000000000000', null],
    [
      '1000000000000000001',
      /has its first release at 1000000000000000000 ns, and the JSON beside it at 1000000000000000001 ns/,
    ],
    [5_000_000, /first release at 1000000000000000000 ns, and the JSON beside it at 5000000 ns/],
    [0, null],
    [null, null],
    ['a while ago', null],
  ])('agree in the first release, where the JSON has it (%s)', async (t0Ns, words) => {
    const change = (json: Record<string, unknown>) => {
      json.finished = { t0Ns };
    };
    if (words === null) expect((await read(() => {}, change))?.originNs).toBe(first);
    else expect(await refused(() => {}, change)).toMatch(words);
  });

  test('of a run that failed and lost its first rows agree in the grid of releases', async () => {
    const without = (rows: string[][]) => {
      rows.splice(1, 2);
    };
    const from = (t0Ns: bigint) => (json: Record<string, unknown>) => {
      json.status = 'failed';
      json.finished = { t0Ns: String(t0Ns) };
    };
    const columns = await read(without, from(first));
    expect(columns?.rows).toBe(4);
    expect(columns?.originNs).toBe(first + 20_000_000n);
    expect(await refused(without, from(first + 1n))).toMatch(
      /has a release 19999999 ns after the first, and the JSON beside it a period of 10000000 ns/,
    );
  });

  test('of a killed run agree in period and deadline', async () => {
    const planned = (change: object) => (json: Record<string, unknown>) => {
      json.status = 'running';
      json.plan = { ...(json.plan as object), ...change };
    };
    const none = () => {};
    expect(await refused(none, planned({ periodNs: 20e6 }))).toMatch(
      /has a release 10000000 ns after the first, and the JSON beside it a period of 20000000 ns/,
    );
    expect(await refused(none, planned({ periodNs: 5e6, deadlineNs: 5e6 }))).toMatch(
      /has a deadline 10000000 ns after its release, and the JSON beside it one of 5000000 ns/,
    );
    // a continuous run, and a file of which the plan is not known
    expect((await read(none, planned({ periodNs: 0, deadlineNs: null })))?.rows).toBe(6);
    expect((await read(none, planned({ periodNs: undefined, deadlineNs: undefined })))?.rows).toBe(
      6,
    );
  });

  test('of an imported log are not held against times', async () => {
    const columns = await read(
      () => {},
      (json) => {
        json.format = 'isochron-import';
        json.finished = { t0Ns: 5 };
        json.plan = { ...(json.plan as object), periodNs: 7 };
      },
    );
    expect(columns?.rows).toBe(6);
  });
});
