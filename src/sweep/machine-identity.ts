/** Which machine a result is of: results of one sweep are only as comparable as what they were measured on. */
import { loadAddon } from '../addon/load-addon.js';
import type { PointDefinition } from '../benchmark/expand.js';
import { coresAhead } from '../benchmark/job-cores.js';
import type { ReadSidecar } from '../formats/sidecar.js';
import { SYSTEM_ROOT } from '../kernel/system-files.js';
import { parseCores } from '../kernel/units.js';
import { probeMachine, probeVolatile } from '../machine/probe-machine.js';
import { isReachable } from '../machine/reachable-cores.js';

/** What makes it another machine when it changes, in words; null = hidden, and never a difference. */
export type MachineIdentity = Readonly<Record<string, string | null>>;

/** What a sidecar tells of its machine. */
export type MachineFacts = Pick<ReadSidecar, 'machine' | 'before' | 'isolation'>;

/**
 * @param facts of one run: the governors are those of its cores, as they were before an isolation changed them for its time
 */
export function identityOf({ machine, before, isolation }: MachineFacts): MachineIdentity {
  const kept = new Map(isolation?.governors.map((of) => [of.core, of.before]));
  const governors = (before?.cores ?? []).map(
    ({ core, governor }) => kept.get(core) ?? governor ?? null,
  );
  return {
    machine: machine?.id ?? null,
    board: machine?.board ?? null,
    processor: words(machine?.cpus.map((cpu) => cpu.name ?? cpu.part)),
    'list of online cores': words(machine?.cores?.online),
    kernel: machine?.kernel?.release ?? null,
    'build of the kernel': machine?.kernel?.version ?? null,
    "kernel's command line": commandLine(machine?.kernel?.cmdline ?? null),
    governor: governors.includes(null) ? null : words([...new Set(governors)].sort()),
  };
}

/** Which part of the machine is another, as the end of a sentence; null where none is. */
export function whatDiffers(then: MachineIdentity, now: MachineIdentity): string | null {
  for (const [part, before] of Object.entries(then)) {
    const current = now[part] ?? null;
    if (before === null || current === null || before === current) continue;
    if (part === 'machine') return 'it was measured on another machine';
    return `it was measured on another machine: the ${part} was ${before || 'empty'}, and is ${current || 'empty'}`;
  }
  return null;
}

/** The machine as it is now, looked at once. */
export class MachineNow {
  readonly #root: string;
  readonly #allowed: () => readonly number[];
  readonly #canHave: (core: number) => boolean;
  readonly #machine: ReturnType<typeof probeMachine>;
  readonly #byCores = new Map<string, MachineIdentity>();

  /**
   * @param allowed the cores that a job may have which is told none
   * @param canHave whether it may have a core that it is told
   */
  constructor(
    root: string = SYSTEM_ROOT,
    allowed = () => loadAddon().getAffinity(),
    canHave = (core: number) => isReachable(core),
  ) {
    this.#root = root;
    this.#allowed = allowed;
    this.#canHave = canHave;
    this.#machine = probeMachine({ root });
  }

  /** As a run of this definition would find it. */
  of({ cores: given = [] }: Pick<PointDefinition, 'cores'>): MachineIdentity {
    const key = String(given);
    const known = this.#byCores.get(key);
    if (known !== undefined) return known;
    const machine = this.#machine;
    const cores = key === '' ? [] : parseCores(key, 'the list of cores');
    const ofJob = coresAhead(cores, this.#allowed(), this.#canHave);
    const watched = ofJob.length > 0 ? ofJob : (machine.cores.online ?? []);
    const before = probeVolatile(watched, { root: this.#root });
    const identity = identityOf({ machine, before, isolation: null });
    this.#byCores.set(key, identity);
    return identity;
  }
}

const words = (values: readonly (string | number | null)[] | null | undefined): string | null =>
  values && values.length > 0 ? values.join(', ') : null;

/** What says where the kernel was found, and changes with nothing else (the emulated board is told the date). */
const OF_NO_MATTER = /^(?:BOOT_IMAGE|initrd|root|rootfstype|rootflags|console|board\.date)=/;

const commandLine = (cmdline: string | null): string | null =>
  cmdline === null
    ? null
    : cmdline
        .trim()
        .split(/\s+/)
        .filter((word) => !OF_NO_MATTER.test(word))
        .join(' ');
