// Which files of a room are changed, and which test files judge the changes: nothing of the command line, of the addon or of
// a process of its own, so that a change is judged by the tests nearest to it, in milliseconds.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** These start processes or threads of their own, or load modules in ways of their own. */
const ELSEWHERE = [
  /^test\/output\/lock-/,
  /^test\/session\/(?:addon-interface|api|cache|core-locks|install-hint|stray-engine|trusted-library|worker|xnnpack|sweep\/load-suite)\./,
];

/** Paths from the root of the repository. */
export const unitTestsOf = (room) =>
  readdirSync(join('test', room), { recursive: true })
    .map((name) => join('test', room, name))
    .filter((path) => path.endsWith('.test.ts') && !ELSEWHERE.some((other) => other.test(path)))
    .sort();

/** Of the session what works within one process; its children and what they call are for the end-to-end tests. */
const SESSION = [
  'resolve',
  'native-plan',
  'frames',
  'messages',
  'record-check',
  'recorder',
  'passes',
  'crash',
  'housekeeping',
];

/** As Stryker takes them. */
export const changedFilesOf = (room) =>
  room === 'session'
    ? [
        `src/session/{${SESSION.join(',')}}.ts`,
        'src/session/sweep/*.ts',
        '!src/session/sweep/load-suite.ts',
      ]
    : [`src/${room}/**/*.ts`, '!src/output/lock-file.ts'];
