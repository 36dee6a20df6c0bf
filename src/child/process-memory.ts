/** Main memory of the run's process, asked for before the first release and after the last job: nothing of it is done while jobs run. */
import type { ProcessMemory } from '../formats/machine-facts.js';
import { readText } from '../kernel/system-files.js';

/** What the kernel counts of a process, by its names, in bytes. */
type Counted = Readonly<Record<string, number>>;

/** Null where the file can't be read. */
const counted = (): Counted | null => {
  const text = readText('/', 'proc/self/status');
  if (text === null) return null;
  const lines = [...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)];
  return Object.fromEntries(lines.map(([, name, kibibytes]) => [name, 1024 * Number(kibibytes)]));
};

/** Three looks at this process's memory. */
export class MemoryWatch {
  readonly #start = counted()?.VmRSS;
  #ready: Counted = {};

  /** The workload is ready. */
  ready(): void {
    this.#ready = counted() ?? {};
  }

  /** The last job has ended. */
  end(): ProcessMemory | null {
    const { VmRSS, RssAnon, RssFile } = this.#ready;
    // the workload is gone by now, so that only the most that there was tells of its jobs
    const { VmHWM } = counted() ?? {};
    if (VmHWM === undefined || this.#start === undefined || VmRSS === undefined) return null;
    return {
      peakRssBytes: VmHWM,
      startRssBytes: this.#start,
      readyRssBytes: VmRSS,
      readyAnonymousBytes: RssAnon ?? null,
      readyFileBytes: RssFile ?? null,
    };
  }
}
