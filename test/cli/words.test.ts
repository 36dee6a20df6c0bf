/** The words of a command line before yargs sees them. */
import { expect, test } from 'vitest';
import { asYargsReads, helpOfNone, wrongWord } from '../../src/cli/words.js';

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

test.each([
  ['help run', 'run --help'],
  ['help', '--help'],
  ['help models inspect', 'models inspect --help'],
  ['-c 1 help run', '-c 1 run --help'],
  ['run help', 'run help'],
  ['isolate help', 'isolate --help'],
])('help before a command is its --help: %s', (line, read) => {
  expect(asYargsReads(line.split(' '))).toEqual(read.split(' '));
});

test.each([
  ['run m --xnnpack both', 'run m --both=xnnpack'],
  ['run --xnnpack=both m', 'run --both=xnnpack m'],
  ['run m --lockMemory both -t 5', 'run m --both=lock-memory -t 5'],
  ['run m --xnnpack both --no-xnnpack', 'run m --no-xnnpack'],
  ['run m --no-xnnpack --xnnpack both', 'run m --no-xnnpack --both=xnnpack'],
  // a file of that name, an option of one value, another command
  ['run --xnnpack ./both', 'run --xnnpack ./both'],
  ['run m --threads both', 'run m --threads both'],
  ['run m --quiet both', 'run m --quiet both'],
  ['first-run m --xnnpack both', 'first-run m --xnnpack both'],
])('off and on of a switch are two values of run’s options: %s', (line, read) => {
  expect(asYargsReads(line.split(' '))).toEqual(read.split(' '));
});

test.each([
  [
    'Unknown commands: rum, noop',
    'there is no command rum.',
    'Did you mean run? See isochron --help.',
  ],
  ['Unknown command: zzz', 'there is no command zzz.', 'See isochron --help.'],
  [
    'Unknown arguments: perod, x',
    'there is no option --perod.',
    'Did you mean --period? See the --help of the command.',
  ],
  [
    'Unknown argument: tasks',
    'there is no option --tasks.',
    'Did you mean --jobs? See the --help of the command.',
  ],
  ['Unknown argument: y', 'there is no option -y.', 'See the --help of the command.'],
  [
    'Unknown argument: jsno',
    'there is no option --jsno.',
    'Did you mean --json? See the --help of the command.',
  ],
])('a word that means nothing is named with what may be meant: %s', (message, said, hint) => {
  const options = ['p', 'period', 'tasks-number', 'jobs', 'us', 'json'];
  const ownNames = new Map([['tasks-number', 'jobs']]);
  const error = wrongWord(message, { commands: ['run', 'sweep'], options, usage: null, ownNames });
  expect([error?.message, error?.hint]).toEqual([said, hint]);
});

test('a word too many, and one that is missing, are told with what the command takes', () => {
  const names = { commands: [], options: [], usage: 'models inspect <model>' };
  expect(wrongWord('Unknown command: b', names)?.message).toBe(
    'b is one word too many: isochron models inspect <model>.',
  );
  expect(wrongWord('Unknown commands: b, c', names)?.message).toBe(
    'b, c are words too many: isochron models inspect <model>.',
  );
  const missing = wrongWord('Not enough non-option arguments: got 0, need at least 1', names);
  expect([missing?.message, missing?.hint]).toEqual([
    'it takes more words: isochron models inspect <model>.',
    'See isochron models inspect --help.',
  ]);
  expect(wrongWord('Something else', names)).toBeNull();
});

test.each<[line: string, said: string | null]>([
  ['help nosuch', 'there is no command nosuch.'],
  ['nosuch --help', 'there is no command nosuch.'],
  ['help models inspct', 'there is no command models inspct.'],
  ['help', null],
  ['help run', null],
  ['run noop --help', null],
  ['models inspect net.tflite -h', null],
  ['nosuch', null],
  ['isolate nosuch --help', null],
])('the help of what is no command is none: %s', (line, said) => {
  const names = (command: string | null) =>
    command === null ? ['run', 'models', 'isolate'] : command === 'models' ? ['inspect'] : [];
  expect(helpOfNone(asYargsReads(line.split(' ')), names)?.message ?? null).toBe(said);
});
