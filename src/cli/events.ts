import type { Argv, CommandModule } from 'yargs';
import type { EventOffer } from '../events/offer.js';
import { printableColoured } from '../kernel/printable.js';

interface EventsArgv {
  json?: boolean;
  'events-kernel'?: boolean;
  cores?: number;
}

export const eventsCommand: CommandModule<object, EventsArgv> = {
  command: 'events',
  describe: 'List the counter events that this machine offers, and why not the others',
  builder: (yargs) =>
    yargs
      .option('cores', {
        alias: ['c', 'core'],
        type: 'number',
        requiresArg: true,
        describe: 'on this one (default: the first one allowed)',
      })
      .option('events-kernel', {
        type: 'boolean',
        describe: 'try them with kernel mode counted too',
      })
      .option('json', { type: 'boolean', describe: 'print JSON' }) as Argv<EventsArgv>,
  handler: async ({ json, cores: core, 'events-kernel': kernel = false }) => {
    const { offerEvents } = await import('../machine/offer-events.js');
    const offer = offerEvents({ core, kernel });
    process.stdout.write(
      json ? `${JSON.stringify(offer, null, 2)}\n` : printableColoured(await offerText(offer)),
    );
  },
};

async function offerText(offer: EventOffer): Promise<string> {
  const { renderTable } = await import('../terminal/table.js');
  const { default: colour } = await import('picocolors');
  const shared = sharedReasons(offer);
  const events = offer.events.map(({ name, description, encoding, offered, reason, note }) => {
    const remark = reason ?? note ?? '';
    const number = shared.indexOf(remark);
    return [
      name,
      description,
      encoding ?? '-',
      offered ? colour.green('yes') : colour.red('no'),
      number < 0 ? remark : `(${number + 1})`,
    ];
  });
  const sets = offer.sets.map(({ name, events: members, passes }) => [
    name,
    members.join(', '),
    setText(members.length, passes),
  ]);
  const text = (head: string[], rows: string[][]) =>
    renderTable(head, rows, { align: head.map(() => 'left' as const) });

  const footnotes = shared.map((remark, i) => `(${i + 1}) ${remark}`);
  const lines = [text(['event', 'counts', 'encoding', 'offered', ''], events), ...footnotes];
  lines.push('', text(['set', 'events', 'offered'], sets), '', roomText(offer));
  lines.push(
    'Also accepted: perf’s generic names (L1-dcache-load-misses, …), raw numbers (r17), pmu/event/.',
  );
  if (offer.kernelNamed.length > 0)
    lines.push(`Named by this kernel: ${offer.kernelNamed.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/** Remarks that several events share: said once, below the table. */
function sharedReasons({ events }: EventOffer): string[] {
  const remarks = events
    .map(({ reason, note }) => reason ?? note)
    .filter((remark) => remark !== null);
  return [...new Set(remarks)].filter(
    (remark) => remarks.filter((other) => other === remark).length > 1,
  );
}

function setText(members: number, passes: string[][]): string {
  const offered = passes.flat().length;
  if (members === 0) return 'no counters';
  if (offered === 0) return 'none of them';
  const which = offered === members ? 'all' : `${offered} of ${members}`;
  return passes.length === 1
    ? `${which}, at once`
    : `${which}, in ${passes.length} runs: ${passes.map((pass) => pass.join(',')).join(' then ')}`;
}

function roomText({ countersAtOnce, cycleCounter }: EventOffer): string {
  if (countersAtOnce === null)
    return 'No hardware event can be counted here, so how many fit at once is unknown.';
  return `Measured: ${countersAtOnce} hardware events run at once${cycleCounter ? ', and cycles besides' : ''}.`;
}
