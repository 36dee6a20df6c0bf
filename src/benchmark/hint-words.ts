/** Hints of verdicts name the options of `isochron run`; who has a suite before them knows the options by its words. */
import { FLAG_OF_FIELD, RUN_OPTIONS } from './run-options.js';

/** Fields by what stands for them on the command line: `-c`, `--event-passes`, RT-Bench's names. */
const FIELDS: ReadonlyMap<string, string> = new Map(
  Object.entries(RUN_OPTIONS).flatMap(([field, option]) => {
    const { letter, alias } = option as { letter?: string; alias?: string };
    const flag = FLAG_OF_FIELD.get(field as keyof typeof RUN_OPTIONS) ?? field;
    const names = [`--${flag}`, ...(alias === undefined ? [] : [`--${alias}`])];
    return [...names, ...(letter === undefined ? [] : [`-${letter}`])].map(
      (name) => [name, field] as const,
    );
  }),
);

/**
 * A sentence with the options of the command line as fields of a suite: `-f 90` is `fifo: 90`, `--no-xnnpack` is
 * `xnnpack: false`. What is no option of a run stays as it is, and so does a command in backquotes.
 */
export const inSuiteWords = (sentence: string): string =>
  sentence
    .split('`')
    .map((part, i) => (i % 2 === 1 ? part : part.replace(OPTION, asField)))
    .join('`');

const OPTION = /(?<=^|[\s(])(--?[a-zA-Z][\w-]*)( \d[\w.]*)?(?=[\s,.;:)]|$)/g;

function asField(all: string, given: string, value: string | undefined): string {
  const off = given.startsWith('--no-');
  const field = FIELDS.get(off ? given.replace('--no-', '--') : given);
  if (field === undefined) return all;
  if (off) return `\`${field}: false\``;
  return value === undefined ? `\`${field}\`` : `\`${field}:${value}\``;
}
