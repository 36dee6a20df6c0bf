/** What is told to people, as data: once for the terminal, once as Markdown for a page that keeps it. */
import pc from 'picocolors';
import { withoutColours } from '../kernel/printable.js';
import { renderTableWithin, type TableOptions } from './table.js';

export interface TextTable {
  title?: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  align?: TableOptions['align'];
  /** Columns that a narrow terminal does without, by their heads. */
  dispensable?: readonly string[];
}

/** Colours may be in all of it. What is verbatim has lines that stand as they are. */
export type Part =
  | { table: TextTable }
  | { text: string; as?: 'result' | 'note' }
  | { verbatim: string };

export const lines = (texts: readonly string[]): Part[] => texts.map((text) => ({ text }));
export const notes = (texts: readonly string[]): Part[] =>
  texts.map((text) => ({ text, as: 'note' }));

/** For a terminal of `columns` columns, each part on lines of its own. */
function renderPart(
  part: Part,
  columns = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  if ('verbatim' in part) return part.verbatim;
  if ('text' in part) {
    if (part.as === 'result') return pc.bold(part.text);
    return part.as === 'note' ? pc.dim(`note: ${part.text}`) : part.text;
  }
  const { title = '', head, rows, align, dispensable } = part.table;
  const table = renderTableWithin(columns, head, rows, {
    ...(align && { align }),
    ...(dispensable && { dispensable }),
  });
  return title === '' ? table : `${pc.bold(title)}\n${table}`;
}

export const renderParts = (parts: readonly Part[], columns?: number): string =>
  parts.map((part) => renderPart(part, columns)).join('\n');

/** The same as GitHub's Markdown, with a newline at its end: nothing in a name or a sentence is taken for markup. */
export function markdownOf(parts: readonly Part[]): string {
  const blocks: string[] = [];
  let items: string[] = [];
  const close = () => {
    if (items.length === 1) blocks.push(items[0] as string);
    else if (items.length > 1) blocks.push(items.map((item) => `- ${item}`).join('\n'));
    items = [];
  };
  for (const part of parts) {
    if ('text' in part && part.as !== 'result') {
      const text = escaped(part.text.trim());
      if (text !== '') items.push(part.as === 'note' ? `note: ${text}` : text);
      continue;
    }
    close();
    if ('text' in part) blocks.push(`**${escaped(part.text)}**`);
    else if ('verbatim' in part) blocks.push(fenced(part.verbatim));
    else {
      const { title = '', ...table } = part.table;
      if (title !== '') blocks.push(`**${escaped(title)}**`);
      blocks.push(markdownTable(table));
    }
  }
  close();
  return `${blocks.join('\n\n')}\n`;
}

const RULES = { left: ':--', right: '--:', center: ':-:' } as const;

/** A table as Markdown; the first column to the left and the others to the right, where nothing else is said. */
export function markdownTable({ head, rows, align = [] }: TextTable): string {
  const width = Math.max(head.length, ...rows.map((row) => row.length));
  const rule = (i: number) => RULES[align[i] ?? (i === 0 ? 'left' : 'right')];
  const columns = Array.from({ length: width }, (_, i) => i);
  const line = (cells: readonly string[]) =>
    `| ${columns.map((i) => escaped(cells[i] ?? '').replaceAll('\n', '<br>')).join(' | ')} |`;
  return [line(head), `| ${columns.map(rule).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** As text: an underscore within a word is none of Markdown's marks, a digit with a dot begins a list. */
const escaped = (text: string): string =>
  withoutColours(text)
    .replace(/[\\`*<>[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=#?\w+;)/g, '\\$&')
    .replace(/^(\d+)([.)])(?=\s)/gm, '$1\\$2')
    .replace(/^[-+#=](?=[\s#=-])/gm, '\\$&');

/** Between more backticks than it holds. */
function fenced(text: string): string {
  const inner = withoutColours(text).replace(/^\n+|\s+$/g, '');
  const longest = Math.max(2, ...[...inner.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${inner}\n${fence}`;
}
