// Which files of a room are changed, and which test files judge the changes: nothing of the command line, of the addon or of
// a process of its own, so that a change is judged by the tests nearest to it, in milliseconds.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** These start processes or threads of their own, or load modules in ways of their own. */
const ELSEWHERE =
  /^test\/(?:kernel\/files\/lock-|addon\/addon-interface|child\/stray-engine|run\/(?:api|cache|trusted-library|worker|xnnpack-facts)\.|sweep\/load-suite)/;

/** Paths from the root of the repository. */
export const unitTestsOf = (room) =>
  readdirSync(join('test', room), { recursive: true })
    .map((name) => join('test', room, name))
    .filter((path) => path.endsWith('.test.ts') && !ELSEWHERE.test(path))
    .sort();

/** Of these rooms what works within one process; children and what calls them are for the end-to-end tests. */
const WITHIN = {
  addon: ['job-record', 'sample-record', 'record-layout'],
  child: ['frames', 'messages', 'crash'],
  machine: ['housekeeping'],
  run: ['resolve-definition', 'native-plan', 'record-check', 'recorder', 'event-passes'],
};

/** As Stryker takes them. */
export const changedFilesOf = (room) =>
  WITHIN[room]
    ? [`src/${room}/{${WITHIN[room].join(',')}}.ts`]
    : [`src/${room}/**/*.ts`, '!src/kernel/files/lock-file.ts', '!src/sweep/load-suite.ts'];
