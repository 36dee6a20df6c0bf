// `npm run docs:api`: docs/api.md, and the tables of docs/suites.md, from the declarations of dist/ (npm run compile). Tests hold that
// they are what these say.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readApi, root } from './read-api.mjs';

const PAGE = join(root, 'docs', 'api.md');
const SUITES = join(root, 'docs', 'suites.md');
/** Marks of docs/suites.md, and the type whose fields stand there. */
const TABLES = { suite: 'Suite', point: 'Assignment' };

/** Files as they are read hold what they hold as they are written; what may be null besides is said once. */
const AS_READ = { ReadSidecar: 'Sidecar', RunFile: 'Sidecar' };
/** Theirs is the room of the report, whose fields are those of the page of the day. */
const isOpaque = ({ file }) => file.startsWith('report/');

const KINDS = [
  ['function', 'Functions'],
  ['class', 'Classes'],
  ['constant', 'Constants'],
  ['type', 'Types'],
];

/** The page with its tables as the declarations have them. */
export function suitesPage(api = readApi()) {
  return Object.entries(TABLES).reduce(
    (page, [mark, type]) => {
      const rows = table(api.find(({ name }) => name === type)).join('\n');
      const between = new RegExp(`(<!-- ${mark}: [^\\n]*-->\\n).*?(<!-- end -->)`, 's');
      return page.replace(between, (_, begin, end) => `${begin}\n${rows}\n\n${end}`);
    },
    readFileSync(SUITES, 'utf8'),
  );
}

export function apiPage(api = readApi()) {
  const exported = api.filter((one) => one.exported);
  const inner = api.filter((one) => !one.exported && !isOpaque(one));
  const lines = [
    '# The API',
    '',
    'Made from the declarations of the package by `npm run docs:api`; an editor says the same at each name.',
    'Quantities carry their unit in the name: `…Ns` is nanoseconds, `…Bytes` bytes, `…MbS` 10^6 bytes per second, `…Khz` kHz. A time that a definition takes',
    '(`period`, `deadline`, …) is a number of seconds, or a text with a unit (`50ms`). What was not measured is `null`, never 0.',
    'Errors are `IsochronError`s with a `code` ([errors.md](errors.md)); a `UsageError` is one that the arguments are to blame for.',
    '',
    'Programs to begin from: [examples/](../examples).',
  ];
  for (const [kind, title] of KINDS) {
    const of = exported.filter((one) => one.kind === kind);
    lines.push(
      '',
      `## ${title}`,
      '',
      of.map(({ name }) => `[\`${name}\`](#${anchor(name)})`).join(', '),
    );
    for (const one of of) lines.push(...section(one));
  }
  lines.push('', '## Types that these are made of');
  for (const one of inner) lines.push(...section(one));
  return `${lines.join('\n')}\n`;
}

const anchor = (name) => name.toLowerCase();

function section(one) {
  const lines = ['', `### ${one.name}`];
  if (one.doc !== '') lines.push('', one.doc);
  if (one.kind === 'function') lines.push('', '```ts', one.text, '```', ...tags(one.tags));
  else if (one.kind === 'constant') lines.push('', `\`${one.text}\``);
  else if (isOpaque(one))
    lines.push('', 'Handed from one function to the next; its fields change with the page.');
  else if (one.properties.length > 0) lines.push('', ...table(one));
  else if (one.text !== '' && one.text !== one.name) lines.push('', '```ts', one.text, '```');
  for (const { name, text } of one.tags)
    if (name === 'example') lines.push('', 'For example', '', '```ts', text, '```');
  return lines;
}

const tags = (all) =>
  all
    .filter(({ name, text }) => ['param', 'throws', 'returns'].includes(name) && text !== '')
    .map(({ name, text }) => ['', `- *${name}* ${oneLine(text)}`])
    .flatMap((entry, i) => (i === 0 ? entry : entry.slice(1)));

function table({ name, properties }) {
  const written = AS_READ[name];
  const rows = properties
    .filter(({ path }) => written === undefined || !path.includes('.'))
    .map(
      ({ path, optional, text, doc }) =>
        `| \`${path}${optional ? '?' : ''}\` | ${code(text)} | ${cell(doc)} |`,
    );
  const note =
    written === undefined
      ? []
      : [
          '',
          `What stands in these is as in [\`${written}\`](#${anchor(written)}); each of it may be null, too.`,
        ];
  return ['| field | type | |', '| :-- | :-- | :-- |', ...rows, ...note];
}

const oneLine = (text) => text.replace(/\s*\n\s*/g, ' ').trim();
const cell = (text) => oneLine(text).replaceAll('|', '\\|');
const code = (text) => `\`${oneLine(text).replaceAll('|', '\\|')}\``;

if (process.argv[1] === import.meta.filename) {
  const api = readApi();
  writeFileSync(PAGE, apiPage(api));
  writeFileSync(SUITES, suitesPage(api));
}
