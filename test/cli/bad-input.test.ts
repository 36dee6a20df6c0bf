import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isochron, NO_SHARED, scratch, shared } from './helpers.js';

/** One or two sentences for people: no stack trace, no internal words. */
function expectSentence(stderr: string, ...parts: (string | RegExp)[]) {
  expect(stderr).not.toMatch(/^\s+at .*\(|node:internal|\bTypeError\b|unexpected error/m);
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(5);
}

test('a current folder that was removed is named', async () => {
  const { status, stderr } = await isochron(['run', 'noop', '-t', '3'], {
    wrapper: ['bash', '-c', 'd=$(mktemp -d); cd "$d"; rmdir "$d"; exec "$@"', 'bash'],
  });
  expectSentence(stderr, /current folder was removed/);
  expect(status).toBe(2);
});

describe('a name that is no UTF-8, which Node would silently change,', () => {
  const run = (script: string) =>
    isochron(['run', 'noop', '-t', '3', '--events', 'none'], {
      cwd: scratch(),
      wrapper: ['bash', '-c', script, 'bash'],
    });

  test('is refused with its bytes as an argument: nothing of another name is written', async () => {
    const { status, stderr } = await run(`exec "$@" -o $'é\\xff.csv'`);
    expectSentence(stderr, /\$'\\xc3\\xa9\\xff\.csv' is no UTF-8/);
    expect(status).toBe(2);
  });

  test('is named where it is the current folder’s', async () => {
    const { status, stderr } = await run(`mkdir $'d\\xff' && cd $'d\\xff' && exec "$@"`);
    expectSentence(stderr, /the current folder .*d\\xff' has a name that is no UTF-8/);
    expect(status).toBe(2);
  });

  test('is not taken for one that holds the character of the replacement itself', async () => {
    const { status, stdout } = await run('exec "$@" -o "\ufffd.csv"');
    expect(stdout).toContain('\ufffd.csv');
    expect(status).toBe(0);
  });
});

test('a null byte in a name is a mistake in the definition', async () => {
  const config = join(scratch(), 'config.json');
  for (const definition of [
    '{"workload":"a\\u0000.tflite"}',
    '{"workload":"noop","output":"a\\u0000"}',
  ]) {
    writeFileSync(config, `\ufeff${definition}`);
    const { status, stderr } = await isochron(['run', '-g', config]);
    expectSentence(stderr, /null byte/);
    expect(status).toBe(2);
  }
});

const canMount =
  spawnSync('unshare', ['-m', 'bash', '-c', 'mount -t tmpfs -o ro none /mnt']).status === 0;
test.skipIf(!canMount)('a folder that is read-only is told from one that is missing', async () => {
  const suite = join(scratch(), 'suite.json');
  writeFileSync(suite, '{"name":"s","base":{"workload":"noop","tasks":3},"include":[{}]}');
  const { status, stderr } = await isochron(['sweep', suite], {
    wrapper: [
      'unshare',
      '-m',
      'bash',
      '-c',
      'mount -t tmpfs -o ro none /mnt && cd /mnt && exec "$@"',
      'bash',
    ],
  });
  expectSentence(stderr, /file system is read-only/);
  expect(status).toBe(1);
});

test.skipIf(!canMount)(
  'a disk that is full at the end of a run leaves no run that seems to go on',
  async () => {
    const { status, stdout, stderr } = await isochron(
      ['run', 'noop', '--quiet', '-t', '3000', '-p', '0', '-o', '/mnt/out.csv'],
      {
        wrapper: [
          'unshare',
          '-m',
          'bash',
          '-c',
          'mount -t tmpfs -o size=64k none /mnt && "$@"; code=$?; cat /mnt/out.json; exit $code',
          'bash',
        ],
      },
    );
    expect(stderr).toMatch(/The JSON beside it could not be brought up to date either/);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed' });
  },
);

describe('the command line itself is wrong: exit code 2', () => {
  const cases: [string, string[], RegExp][] = [
    ['no command', [], /command/i],
    ['an unknown command', ['rum', 'noop'], /rum/],
    ['an unknown option', ['run', 'noop', '--perod', '0.1'], /perod/],
    ['an unknown event', ['run', 'noop', '--events', 'l3d_cache_refil'], /l3d_cache_refil/],
    [
      'a deadline longer than the period',
      ['run', 'noop', '-p', '0.01', '-d', '0.02'],
      /deadline.*period/,
    ],
    ['a zero deadline', ['run', 'noop', '-p', '0.01', '-d', '0'], /deadline/],
    ['a negative period', ['run', 'noop', '-p', '-1'], /period/],
    ['a period that is not a number', ['run', 'noop', '-p', 'NaN'], /period.*NaN/],
    ['an absurd period', ['run', 'noop', '-p', '1e30'], /30 days/],
    ['an empty period', ['run', 'noop', '-p', ''], /period/],
    ['a period below a nanosecond', ['run', 'noop', '-p', '1e-12'], /period/],
    ['a duration of nothing', ['run', 'noop', '--duration', '0'], /duration/],
    ['an empty number of jobs', ['run', 'noop', '-t', ''], /jobs/],
    ['an empty priority', ['run', 'noop', '-t', '3', '-f', ''], /fifo/],
    ['an option without its value', ['run', 'noop', '-p', '1ms', '-t'], /tasks-number|: t/],
    ['a value taken by the next option', ['run', 'noop', '-o', '--quiet'], /output|: o/],
    ['a value with a dash', ['run', 'noop', '-o', '-o.csv'], /: o\n.* write -o=-o\.csv\./],
    ['a negative number of jobs', ['run', 'noop', '-t', '-5'], /jobs/],
    ['a fractional number of jobs', ['run', 'noop', '-t', '2.5'], /jobs/],
    ['a number of jobs that is not a number', ['run', 'noop', '-t', 'many'], /jobs/],
    ['a priority out of range', ['run', 'noop', '-f', '100'], /fifo/],
    ['two policies', ['run', 'noop', '-f', '10', '--rr', '10'], /polic/],
    ['a core that does not exist', ['run', 'noop', '-c', '999'], /core 999/],
    ['a list of cores that is none', ['run', 'noop', '-c', 'one'], /core/],
    ['an unknown overrun policy', ['run', 'noop', '--overrun', 'explode'], /overrun|explode/i],
    ['a log level out of range', ['run', 'noop', '-l', '9'], /log level/],
    ['a folder’s name for a file', ['run', 'noop', '-o', 'not-there/'], /names a folder/],
    ['help of no command', ['help', 'swep'], /there is no command swep[\s\S]*Did you mean sweep/],
    ['sampling without a core', ['run', 'noop', '-M', '1'], /-C/],
    ['sampling on the job’s own core', ['run', 'noop', '-c', '0', '-M', '1', '-C', '0'], /core 0/],
    ['an option of another workload', ['run', 'noop', '--us', '5'], /noop/],
    ['a size that is none', ['run', 'bandwidth', '--size', 'huge'], /size/],
    [
      'SCHED_DEADLINE with runtime above its period',
      ['run', 'noop', '-T', '20', '-P', '10'],
      /runtime/,
    ],
    ['no workload', ['run', '-p', '0.1'], /workload/],
    ['an empty name of a file', ['run', 'noop', '-o', ''], /output is empty/],
    ['a switch that is given a value', ['run', 'noop', '--xnnpack=on'], /xnnpack.*"on"/],
    ['another spelling of it', ['run', 'noop', '--bestEffort=1'], /bestEffort.*"1"/],
    ['the negation of what is no switch', ['run', 'noop', '--no-jobs'], /--jobs/],
    ['… by RT-Bench’s name of it', ['run', 'noop', '--no-tasks-number'], /--tasks-number/],
    ['… within -b', ['run', '-b', 'noop --no-tasks-number'], /jobs must be a number/],
    ['… and two workloads there', ['run', '-b', 'noop spin'], /-b names noop and spin/],
    ['an option with a dot', ['run', 'noop', '--output.x', 'y'], /output\.x/],
    ['options behind two dashes', ['run', 'noop', '--', '-o', 'o.csv', '--strict'], /named .*-o/],
    ['two dashes for a value', ['run', 'noop', '-o', '--', 'noop'], /output|: o/],
    ['letters that are no options, in -b', ['run', '-b', 'noop -oout.csv'], /-b.*oout\.csv/],
  ];
  test.each(cases)('%s', async (_name, args, message) => {
    const { status, stderr, stdout } = await isochron(args);
    expectSentence(stderr, message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('files, models, engines and rights are wrong: exit code 1', () => {
  const file = (name: string, content: Buffer | string) => {
    const path = join(scratch(), name);
    writeFileSync(path, content);
    return path;
  };
  const run = (model: string, ...more: string[]) => isochron(['run', model, '-t', '3', ...more]);

  test('a model that does not exist', async () => {
    const { status, stderr } = await run('/nowhere/model.tflite');
    expectSentence(stderr, /\/nowhere\/model\.tflite/);
    expect(status).toBe(1);
  });
  test('an empty model', async () => {
    const { status, stderr } = await run(file('empty.tflite', ''));
    expectSentence(stderr, /empty/);
    expect(status).toBe(1);
  });
  test('a file that is no model', async () => {
    const { status, stderr } = await run(
      file('text.tflite', 'this is not a flatbuffer at all, only some text'),
    );
    expectSentence(stderr, /text\.tflite/);
    expect(status).toBe(1);
  });
  test('a folder in place of a model', async () => {
    const { status, stderr } = await run(scratch());
    expectSentence(stderr, /folder|directory/);
    expect(status).toBe(1);
  });
  test('a truncated model', async ({ skip }) => {
    const model = shared('models', 'resnet8_cifar10_int8.tflite');
    if (!model) return skip(NO_SHARED);
    const { readFileSync } = await import('node:fs');
    const bytes = readFileSync(model);
    for (const keep of [9, 100, 5000, bytes.length >> 1, bytes.length - 1000]) {
      const { status, stderr } = await run(
        file(`truncated-${keep}.tflite`, bytes.subarray(0, keep)),
      );
      expectSentence(stderr, /truncated|corrupt|damaged|beyond/i);
      expect(status).toBe(1);
    }
  });
  test('a model with an unresolved custom operator, which is named', async ({ skip }) => {
    const model = shared('models', 'invalid_model_invoking_error.tflite');
    if (!model) return skip(NO_SHARED);
    const { status, stderr } = await run(model);
    expectSentence(stderr, /custom|operator|op/i);
    expect(status).toBe(1);
  });
  test('an engine that does not exist', async ({ skip }) => {
    const model = shared('models', 'resnet8_cifar10_int8.tflite');
    if (!model) return skip(NO_SHARED);
    const { status, stderr } = await run(model, '--engine', '/nowhere/libtensorflowlite_c.so');
    expectSentence(stderr, /\/nowhere\/libtensorflowlite_c\.so/);
    expect(status).toBe(1);
  });
  test('an engine that is not a library', async ({ skip }) => {
    const model = shared('models', 'resnet8_cifar10_int8.tflite');
    if (!model) return skip(NO_SHARED);
    const { status, stderr } = await run(model, '--engine', file('engine.so', 'not a library'));
    expectSentence(stderr, /engine\.so/);
    expect(status).toBe(1);
  });
  test('a raw input of the wrong size', async ({ skip }) => {
    const model = shared('models', 'resnet8_cifar10_int8.tflite');
    if (!model) return skip(NO_SHARED);
    const { status, stderr } = await run(model, '--input', file('pixels.raw', Buffer.alloc(17)));
    expectSentence(stderr, /17/, /3072/);
    expect(status).toBe(1);
  });
  test('more input files than the model has inputs', async ({ skip }) => {
    const model = shared('models', 'resnet8_cifar10_int8.tflite');
    if (!model) return skip(NO_SHARED);
    const pixels = file('pixels.raw', Buffer.alloc(3072));
    const { status, stderr } = await run(model, '--input', pixels, '--input', pixels);
    expectSentence(stderr, /1 input\b/);
    expect(status).toBe(2);
  });
  test('a folder for outputs where none can be made', async ({ skip }) => {
    const model = shared('models', 'resnet8_cifar10_int8.tflite');
    if (!model) return skip(NO_SHARED);
    const { status, stderr } = await run(model, '--dump-output', '/proc/nowhere/deep');
    expectSentence(stderr, /\/proc\/nowhere/);
    expect(status).toBe(1);
  });
  test('a JSON file of the user’s own where the sidecar would stand is not overwritten', async () => {
    const path = file('out.json', '{ "workload": "noop", "jobs": 3 }');
    const csvPath = path.replace('.json', '.csv');
    const { status, stderr } = await isochron(['run', '-g', path, '-o', csvPath]);
    expectSentence(stderr, /out\.json/, /-o/);
    expect(status).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe('{ "workload": "noop", "jobs": 3 }');
    expect(existsSync(csvPath)).toBe(false);
  });
  test('an output folder that can’t be made', async () => {
    const { status, stderr } = await isochron(['run', 'noop', '-t', '3', '-o', '/proc/x/out.csv']);
    expectSentence(stderr, /The folder of \/proc\/x\/out\.csv can't be made/);
    expect(status).toBe(1);
  });
  test('an output that is a folder', async () => {
    const folder = join(scratch(), 'out.csv');
    mkdirSync(folder);
    const { status, stderr } = await isochron(['run', 'noop', '-t', '3', '-o', folder]);
    expectSentence(stderr, /out\.csv/);
    expect(status).toBe(1);
  });
  test('a full disk: a sentence, and the run ends', async () => {
    const { status, stderr } = await isochron([
      'run',
      'noop',
      '-p',
      '0.001',
      '-t',
      '2000',
      '-o',
      '/dev/full',
    ]);
    expectSentence(stderr, /space|full/i);
    expect(status).toBe(1);
  });
  test('a configuration file that is not JSON (E_CONFIG)', async () => {
    const { status, stderr } = await isochron([
      'run',
      'noop',
      '-g',
      file('config.json', '{ period: 1'),
    ]);
    expectSentence(stderr, /config\.json.*JSON/);
    expect(status).toBe(1);
  });
  test('FIFO without the right, with the fix named', async ({ skip }) => {
    if (process.getuid?.() !== 0) return skip('dropping the right needs root');
    const { status, stderr } = await isochron(['run', 'noop', '-t', '3', '-f', '90'], {
      wrapper: [
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '--inh-caps=-all',
        '--bounding-set=-all',
      ],
    });
    expectSentence(stderr, /FIFO/, /cap_sys_nice|ulimit -r/);
    expect(status).toBe(1);
  });
});

describe('an option that takes a number', () => {
  const build = ['models', 'build', 'mobilenet_v1_0.25_128'];
  test.each([
    [[...build, '--seed', ''], /--seed takes a number, and "" is none/],
    [[...build, '--seed='], /--seed takes a number, and "" is none/],
    [[...build, '--alpha', ' '], /--alpha takes a number, and " " is none/],
    [['demo', '--jobs', ''], /--jobs takes a number/],
    [['first-run', 'mobilenet_v1', '-t='], /-t takes a number/],
    [['events', '--core', '\t'], /--core takes a number/],
    [
      ['compare', 'a', 'b', '--resamples', 'many'],
      /--resamples takes a number, and "many" is none/,
    ],
    [[...build, '--seed'], /Not enough arguments following: seed/],
    [['run', 'noop', '-l', ' '], /log level/],
    [['run', 'noop', '-p', ''], /the period "" is not a time/],
    [['run', 'noop', '-t', ''], /jobs must be a number/],
  ])('is refused without one: %j', async (args, words) => {
    const { status, stderr } = await isochron(args, { cwd: scratch() });
    expectSentence(stderr, words);
    expect(status).toBe(2);
  });
});
