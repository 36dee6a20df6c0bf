/** What a shell completes: the words by themselves, and each shell that is here by its own means. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { complete, FILES } from '../../src/cli/complete.js';
import { isochron } from './helpers.js';

const values = async (line: string): Promise<string[]> =>
  (await complete(COMMANDS, line.split(' '))).map(({ value }) => value);

describe('the next word', () => {
  test.each<[line: string, all: string[]]>([
    ['ru', ['run']],
    ['help s', ['sweep']],
    ['run noop --overrun ', ['skip', 'queue', 'stop']],
    ['run noop --overrun=s', ['--overrun=skip', '--overrun=stop']],
    // bash hands the sign over as a word
    ['run noop --overrun = s', ['skip', 'stop']],
    ['run noop --overrun =', ['skip', 'queue', 'stop']],
    ['run -c 1 mobilenet_v1', ['mobilenet_v1', FILES]],
    ['run noop --events cpu_cycles,page', ['cpu_cycles,page_faults']],
    ['run noop --over', ['--overrun']],
    ['run noop --lock', []],
    ['run noop --no-lock', ['--no-lock-memory']],
    ['run noop -p ', []],
    ['run noop vgg1', ['vgg16', 'vgg19', FILES]],
    ['run vgg16 --xnnpack b', ['both', 'bandwidth', FILES]],
    ['run vgg16 --xnnpack=', ['--xnnpack=true', '--xnnpack=false', '--xnnpack=both']],
    ['run vgg16 --quiet=', ['--quiet=true', '--quiet=false']],
    ['run noop -o ', [FILES]],
    ['sweep quant', ['quantization', FILES]],
    ['models ', ['build', 'list', 'inspect', 'quantize']],
    ['models build vgg1', ['vgg16', 'vgg19']],
    ['compare a ', [FILES]],
    ['compare a --by ', []],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['nonsense x', []],
    ['run noop -- --over', [FILES]],
    ['isolate -c 1 -- ', [FILES]],
    ['sweep -- ', [FILES]],
  ])('of “isochron %s”', async (line, all) => {
    expect((await values(line)).sort()).toEqual([...all].sort());
  });

  test('of every command are its options, each once and with what it does', async () => {
    for (const command of await values('')) {
      const options = await complete(COMMANDS, [command, '--']);
      const names = options.map(({ value }) => value);
      expect(names, command).toContain('--help');
      expect(new Set(names).size, command).toBe(names.length);
      expect(
        options.filter(({ text }) => text === '').map(({ value }) => value),
        command,
      ).toEqual([]);
    }
  });

  test('is asked of the program as a line per candidate, and no mistake is shown', async () => {
    const { stdout, stderr, status } = await isochron(['--complete', 'run', 'noop', '--over']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^--overrun\t\S.*\n$/);
    expect((await isochron(['--complete'])).stdout.split('\n').length).toBeGreaterThan(10);
  });
});

describe('in a shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  const files = join(folder, 'files');
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder };
  beforeAll(async () => {
    symlinkSync(resolve('dist/cli/main.js'), join(folder, 'isochron'));
    mkdirSync(files);
    writeFileSync(join(files, 'net one.tflite'), '');
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = await isochron(['completion', shell]);
      writeFileSync(join(folder, `c.${shell}`), stdout);
    }
  });
  const lines = (shell: string, args: string[], script: string) => {
    const { stdout, stderr } = spawnSync(shell, [...args, '-c', script], {
      env,
      cwd: files,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  };
  const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

  test('bash: names, values behind a sign, and files', ({ skip }) => {
    if (!has('bash')) return skip('there is no bash');
    const at = (...words: string[]) =>
      lines(
        'bash',
        ['--norc'],
        `source ${folder}/c.bash; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _isochron; printf '%s\\n' "\${COMPREPLY[@]}"`,
      );
    expect(at('isochron', 'run', 'vgg1')).toEqual(['vgg16', 'vgg19']);
    expect(at('isochron', 'run', 'noop', '--overrun', '=', 's')).toEqual(['skip', 'stop']);
    expect(at('isochron', 'run', 'net')).toEqual(['net one.tflite']);
    expect(at('isochron', 'compare', '')).toEqual(['net one.tflite']);
    expect(at('isochron', 'run', 'noop', '-p', '')).toEqual([]);
  });

  test('zsh: names with what they are, and files', ({ skip }) => {
    if (!has('zsh')) return skip('there is no zsh');
    const at = (...words: string[]) =>
      lines(
        'zsh',
        ['-f'],
        `autoload -U compinit; compinit -u -d ${folder}/dump; source ${folder}/c.zsh; _describe() { print -l -- \${(P)2} }; _files() { print files }; words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}; _isochron`,
      );
    expect(at('isochron', 'run', 'noop', '--over')).toEqual([
      expect.stringMatching(/^--overrun:releases that pass/),
    ]);
    expect(at('isochron', 'run', 'vgg1')).toEqual(['vgg16:', 'vgg19:', 'files']);
  });

  test('fish: names with what they are, and files', ({ skip }) => {
    if (!has('fish')) return skip('there is no fish');
    const at = (line: string) =>
      lines('fish', ['--no-config'], `source ${folder}/c.fish; complete -C '${line}'`);
    expect(at('isochron run vgg1')).toEqual(['vgg16', 'vgg19']);
    expect(at('isochron run noop --over')).toEqual([
      expect.stringMatching(/^--overrun\treleases that pass/),
    ]);
    expect(at('isochron compare net')).toEqual(['net one.tflite']);
    expect(at('isochron run noop --overrun ')).toEqual(['queue', 'skip', 'stop']);
  });
});
