/**
 * Processes with a known difference between the sides, for the rates at which a comparison errs: it is told nothing of how they
 * were made. Times are log-normal: each process has a level of its own, and its jobs lie about it.
 */
import { type Random, seededRandom } from '../../src/statistics/random.js';

export interface World {
  /** Spread between processes and between the jobs of one, as shares. */
  between: number;
  jobs: number;
  /** Correlation of neighbouring jobs: AR(1). */
  correlation: number;
  /** What each process adds to the next one's time, as a share: the machine gets warmer. */
  drift: number;
}

export const WORLDS: Readonly<Record<string, World>> = {
  'independent jobs': { between: 0.01, jobs: 0.003, correlation: 0, drift: 0 },
  'correlated jobs': { between: 0.01, jobs: 0.003, correlation: 0.9, drift: 0 },
  drift: { between: 0.01, jobs: 0.003, correlation: 0, drift: 0.05 },
};

export interface Judgement {
  shown: boolean | null;
  /** Of B's time over A's. */
  interval: { low: number; high: number } | null;
}
/** The jobs of each process in their order. */
export type Judge = (a: Float64Array[], b: Float64Array[], paired: boolean) => Judgement;

export interface Rates {
  /** Share of comparisons without a difference in which one is shown. */
  falsePositives: number;
  /** Share of the intervals that hold the true ratio; null where there is none. */
  coverage: number | null;
}

/** A true ratio for the intervals to cover. */
const RATIO = 0.97;

/** @param processes of each side; in pairs whose order is left to chance, or all of them in an order by chance */
export function errorRates(
  judge: Judge,
  design: {
    processes: number;
    paired: boolean;
    world: World;
    jobs: number;
    trials: number;
    seed: number;
  },
): Rates {
  const random = seededRandom(design.seed);
  let shown = 0;
  let intervals = 0;
  let covering = 0;
  for (let trial = 0; trial < design.trials; trial++) {
    // of so few processes nothing can be said, however often they are drawn
    if (trial === 50 && shown + intervals === 0) break;
    const same = draw(design, 1, random);
    if (judge(same.a, same.b, design.paired).shown === true) shown++;
    const other = draw(design, RATIO, random);
    const { interval } = judge(other.a, other.b, design.paired);
    if (interval === null) continue;
    intervals++;
    if (interval.low <= RATIO && RATIO <= interval.high) covering++;
  }
  return {
    falsePositives: shown / design.trials,
    coverage: intervals === 0 ? null : covering / intervals,
  };
}

function draw(
  { processes, paired, world, jobs }: Parameters<typeof errorRates>[1],
  ratio: number,
  random: Random,
): { a: Float64Array[]; b: Float64Array[] } {
  // which process of a side runs when
  const sides = Array.from({ length: 2 * processes }, (_, i) => i % 2);
  if (paired) {
    for (let i = 0; i < sides.length; i += 2)
      if (random() < 0.5) [sides[i], sides[i + 1]] = [sides[i + 1] as number, sides[i] as number];
  } else
    for (let i = sides.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [sides[i], sides[j]] = [sides[j] as number, sides[i] as number];
    }
  const drawn = { a: [] as Float64Array[], b: [] as Float64Array[] };
  const innovation = Math.sqrt(1 - world.correlation ** 2);
  for (const [place, side] of sides.entries()) {
    const level = Math.log(1e6) + place * world.drift + world.between * normal(random);
    let noise = normal(random);
    const times = Float64Array.from({ length: jobs }, () => {
      noise = world.correlation * noise + innovation * normal(random);
      return Math.exp(level + (side === 1 ? Math.log(ratio) : 0) + world.jobs * noise);
    });
    (side === 1 ? drawn.b : drawn.a).push(times);
  }
  return drawn;
}

/** Box and Muller's, one of the two. */
const normal = (random: Random) =>
  Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());

export const SIZES = [3, 5, 10, 20];

/** Every size, design and world, one line each. */
export function* allRates(
  judge: Judge,
  { trials, jobs }: { trials: number; jobs: number },
): Generator<{ name: string; processes: number; rates: Rates }> {
  for (const [name, world] of Object.entries(WORLDS))
    for (const paired of [true, false])
      for (const processes of SIZES) {
        const seed = 1000 * processes + (paired ? 1 : 2);
        const rates = errorRates(judge, { processes, paired, world, jobs, trials, seed });
        yield { name: `${paired ? 'paired' : 'unpaired'}, ${name}`, processes, rates };
      }
}

export const rateLine = ({
  name,
  processes,
  rates,
}: {
  name: string;
  processes: number;
  rates: Rates;
}): string =>
  `${name.padEnd(28)} ${String(processes).padStart(2)} a side: false positives ${(100 * rates.falsePositives).toFixed(1).padStart(5)} %, coverage ${rates.coverage === null ? 'no interval' : `${(100 * rates.coverage).toFixed(1)} %`}`;
