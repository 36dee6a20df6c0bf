/** The words of a command line before yargs sees them. */
import { expect, test } from 'vitest';
import { asYargsReads } from '../../src/cli/words.js';

test.each([
  ['-c 1 isolate -- echo -n'],
  ['-c=1 isolate -- echo -n'],
  ['--core-affinity 1 isolate --quiet -- echo -n'],
  ['--cores 1 isolate --quiet -- echo -n'],
  ['isolate -c 1 -- echo -n'],
])('the command of isolate is handed on as it is written: %s', (line) => {
  const words = line.split(' ');
  expect(asYargsReads(words).slice(-3)).toEqual(['--', 'echo', '-n']);
});

test.each([['compare -- -a -b'], ['-o isolate report -- -a -b'], ['-c1 run -- -a -b']])(
  'what follows two dashes is files elsewhere: %s',
  (line) => {
    expect(asYargsReads(line.split(' ')).slice(-3)).toEqual(['--end-of-options', './-a', './-b']);
  },
);

test.each([
  ['isolate echo hi', 'isolate -- echo hi'],
  ['isolate -c1 --quiet tar -xf a -- b', 'isolate -c=1 --quiet -- tar -xf a -- b'],
  ['-c 1 isolate taskset -c 2 sleep 1e3', '-c 1 isolate -- taskset -c 2 sleep 1e3'],
  ['isolate isolate -c 1', 'isolate -- isolate -c 1'],
  ['isolate --undo', 'isolate --undo'],
])('the command of isolate needs no two dashes: %s', (line, read) => {
  expect(asYargsReads(line.split(' '))).toEqual(read.split(' '));
});
