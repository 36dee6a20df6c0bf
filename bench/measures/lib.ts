/** What the measures share: the C loops, interleaving, and ratios of quantiles taken in one run on one machine. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { quantile } from 'simple-statistics';

export const scratch = mkdtempSync(join(tmpdir(), 'isochron-bench-'));
/** The last core: the first one has the system's housekeeping. */
export const jobCore = availableParallelism() - 1;
export const PRIORITY = 90;

/** Compiles a C loop of this folder and returns a function that runs it and reads one number per line. */
export function cLoop(name: string): (...args: (string | number)[]) => number[] {
  const source = new URL(`./${name}.c`, import.meta.url).pathname;
  const binary = join(scratch, name);
  execFileSync(process.env.CC ?? 'cc', ['-O2', '-o', binary, source, '-ldl']);
  return (...args) =>
    execFileSync(binary, args.map(String), {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split('\n')
      .map(Number);
}

/** Columns of an extended CSV as numbers, warm-up and first job left out. */
export function columns(path: string, ...names: string[]): number[][] {
  const rows = parse(readFileSync(path), { columns: true }) as Record<string, string>[];
  const kept = rows.slice(1).filter((row) => row.warmup === '0');
  return names.map((name) => kept.map((row) => Number(row[name])));
}

/** Gathers pairs of samples A, B, A, B …, so that both see the same drift of the machine. */
export async function interleave(
  rounds: number,
  a: (round: number) => Promise<number[]> | number[],
  b: (round: number) => Promise<number[]> | number[],
): Promise<{ a: number[][]; b: number[][] }> {
  const samples = { a: [] as number[][], b: [] as number[][] };
  for (let round = 0; round < rounds; round++) {
    samples.a.push(await a(round));
    samples.b.push(await b(round));
  }
  return samples;
}

/** Median over the rounds of (quantile of A / quantile of B), each pair taken in the same round. */
export function pairedRatio(samples: { a: number[][]; b: number[][] }, q: number): number {
  return quantile(
    samples.a.map((a, i) => quantile(a, q) / quantile(samples.b[i] as number[], q)),
    0.5,
  );
}

export const pooled = (samples: number[][], q: number) => quantile(samples.flat(), q);

/** One line per figure: what was measured, against what, and the goal of the design. */
export function figure(name: string, ratio: number, goal: number, detail: string): void {
  const verdict = ratio <= goal ? 'met' : 'NOT MET';
  console.log(
    `${name.padEnd(44)} ${ratio.toFixed(3).padStart(7)}   goal ≤ ${goal} ${verdict}   (${detail})`,
  );
}
