/** Checks of the job's cores: isolation, interrupts, other tasks. */
import { formatCoreList } from '../cores.js';
import { handledOn } from '../interrupts.js';
import type { Task } from '../tasks.js';
import { type Finding, fail, ok, unknown, warn } from './check.js';
import type { Facts } from './facts.js';

/** No core was named and none is known: where the job would run can't be told. */
const NO_CORES = unknown('which cores there are is hidden; name the job’s with -c');

export function affinity({ trials, cores }: Facts): Finding {
  if (cores.length === 0) return NO_CORES;
  const { addonError, affinityError: refused } = trials;
  if (addonError !== null) return unknown('not tried');
  if (refused === null) return ok(`this process may run on core ${formatCoreList(cores)}`);
  return fail(refused.message.replace(/\.$/, ''), refused.hint ?? undefined);
}

export function isolated({ machine, cores, rcuNocbs, bootFile }: Facts): Finding {
  if (cores.length === 0) return NO_CORES;
  const { isolated: isolcpus, nohzFull, online } = machine.cores;
  if (isolcpus === null && rcuNocbs === null)
    return unknown('neither /sys nor the kernel command line is shown');
  if (online !== null && online.length < 2)
    return warn(
      'one core in all: the job shares it with everything else',
      'measure on a machine with two cores or more',
    );
  const options = [
    ['isolcpus', isolcpus ?? []],
    ['nohz_full', nohzFull ?? []],
    // a nohz_full core has its RCU callbacks offloaded without being told (kernel-parameters.txt)
    ['rcu_nocbs', [...(rcuNocbs ?? []), ...(nohzFull ?? [])]],
  ] as const;
  const missing = options.filter(([, list]) => !cores.every((core) => list.includes(core)));
  const has = options.filter((option) => !missing.includes(option)).map(([name]) => name);
  const where = `core ${formatCoreList(cores)}`;
  if (missing.length === 0) return ok(`${where}: isolcpus, nohz_full, rcu_nocbs`);
  const text = missing.map(([name]) => `${name}=${formatCoreList(cores)}`).join(' ');
  return warn(
    `${where}: ${has.length > 0 ? `${has.join(', ')}, but not ` : 'none of '}${missing.map(([name]) => name).join(', ')}`,
    `${bootCommand(bootFile, text)}; without a reboot: isochron run --isolate …`,
  );
}

function bootCommand(file: string | null, options: string): string {
  if (file === null) return `add to the kernel command line, in the boot loader: ${options}`;
  if (file.endsWith('cmdline.txt'))
    return `sudo sed -i '1s/$/ ${options}/' /${file} && sudo reboot`;
  return `sudo sed -i 's/^GRUB_CMDLINE_LINUX="/&${options} /' /${file} && sudo update-grub && sudo reboot`;
}

export function interrupts({ interrupts: all, irqbalance, cores, machine }: Facts): Finding {
  if (all === null) return unknown('/proc/irq is hidden');
  if (cores.length === 0) return NO_CORES;
  const movable = all.filter((irq) => !irq.perCore);
  const here = movable.filter((irq) => handledOn(irq).some((core) => cores.includes(core)));
  if (here.length === 0)
    return ok(`none of ${movable.length} is handled on core ${formatCoreList(cores)}`);
  const names = here.slice(0, 4).map((irq) => `${irq.irq}${irq.name ? ` ${irq.name}` : ''}`);
  const rest =
    here.length > names.length
      ? `, … (${here.length} of ${movable.length})`
      : ` (${here.length} of ${movable.length})`;
  const elsewhere = (machine.cores.online ?? []).filter((core) => !cores.includes(core));
  const balance = irqbalance ? 'sudo systemctl stop irqbalance; ' : '';
  if (elsewhere.length === 0) return warn(`${names.join(', ')}${rest}; there is no other core`);
  return warn(
    `${names.join(', ')}${rest}${irqbalance ? '; irqbalance moves them about' : ''}`,
    `${balance}for f in ${here.map((irq) => irq.irq).join(' ')}; do echo ${formatCoreList(elsewhere)} | sudo tee /proc/irq/$f/smp_affinity_list; done`,
    true,
  );
}

/** Tasks that the kernel could run on the job's cores; what it binds to each core (per-core kernel threads) is its own affair. */
function otherTasks(
  tasks: readonly Task[],
  cores: readonly number[],
  self: readonly number[],
): Task[] {
  return tasks.filter(
    (task) =>
      !task.bound &&
      !self.includes(task.pid) &&
      (task.cores?.some((core) => cores.includes(core)) ?? false),
  );
}

export function tasks({ tasks: all, cores, machine }: Facts): Finding {
  if (all === null) return unknown('/proc shows no tasks');
  if (cores.length === 0) return NO_CORES;
  const others = otherTasks(all, cores, [process.pid, process.ppid]);
  if (others.length === 0) return ok(`no other task may run on core ${formatCoreList(cores)}`);
  const running = others.filter(
    (task) => task.state === 'R' && task.lastCore !== null && cores.includes(task.lastCore),
  );
  const busy =
    running.length > 0
      ? `, running there now: ${[...new Set(running.map((task) => task.comm))].slice(0, 4).join(', ')}`
      : '';
  const found = `${others.length} ${others.length === 1 ? 'task' : 'tasks'} may run on core ${formatCoreList(cores)}${busy}`;
  const elsewhere = (machine.cores.online ?? []).filter((core) => !cores.includes(core));
  if (elsewhere.length === 0) return warn(`${found}; there is no other core`);
  return warn(
    found,
    `isochron isolate -c ${formatCoreList(cores)} -- COMMAND   # or: isochron run --isolate …`,
    true,
  );
}

export function watchdog({ machine, cores }: Facts): Finding {
  const { watchdog: found } = machine;
  if (found === null) return unknown('this kernel does not tell');
  if (cores.length === 0) return NO_CORES;
  const here = found.cores.filter((core) => cores.includes(core));
  if (here.length === 0) return ok(`not on core ${formatCoreList(cores)}`);
  const elsewhere = (machine.cores.online ?? []).filter((core) => !cores.includes(core));
  const text = `on core ${formatCoreList(here)} every ${found.periodS} s`;
  return elsewhere.length === 0
    ? warn(text, 'sudo sysctl -w kernel.watchdog=0')
    : warn(
        text,
        `sudo sysctl -w kernel.watchdog_cpumask=${formatCoreList(elsewhere)}   # or: isochron run --isolate …`,
        true,
      );
}

export function preemptRt({ machine }: Facts): Finding {
  const { preemptRt: rt, version, release } = machine.kernel;
  if (rt === null) return unknown('/proc/version is hidden');
  if (rt) return ok(`${release ?? ''} PREEMPT_RT`.trim());
  const model =
    /\bPREEMPT(_DYNAMIC|_VOLUNTARY)?\b/.exec(version ?? '')?.[0] ?? 'built without PREEMPT';
  return warn(
    `${release ?? 'this kernel'}: ${model}`,
    'install a PREEMPT_RT kernel: on Debian, sudo apt install linux-image-rt-$(dpkg --print-architecture)',
  );
}
