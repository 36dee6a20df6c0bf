import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it as test } from 'vitest';
import { ignoresHangup } from '../../src/kernel/signals.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Process {
  own?: string;
  parent?: string;
  stdin?: string;
  flags?: string;
}

/** The files of /proc that tell; process 7 is the parent. */
function proc({ own = '0', parent = '0', stdin = '/dev/pts/0', flags = '02' }: Process): string {
  const root = mkdtempSync(join(tmpdir(), 'isochron-proc-'));
  folders.push(root);
  for (const folder of ['self/fd', 'self/fdinfo', '7'])
    mkdirSync(join(root, folder), { recursive: true });
  const status = (mask: string) => `Name:\tx\nSigBlk:\t0\nSigIgn:\t${mask}\nSigCgt:\t1\n`;
  writeFileSync(join(root, 'self/status'), status(own));
  writeFileSync(join(root, '7/status'), status(parent));
  symlinkSync(stdin, join(root, 'self/fd/0'));
  writeFileSync(join(root, 'self/fdinfo/0'), `pos:\t0\nflags:\t${flags}\nmnt_id:\t1\n`);
  return root;
}
const ignores = (process: Process, env: NodeJS.ProcessEnv = {}) =>
  ignoresHangup(env, proc(process), 7);

describe('a hangup is ignored', () => {
  test('when this process or its parent ignores the signal', () => {
    expect(ignores({ own: '0000000000001001' })).toBe(true);
    expect(ignores({ parent: '0000000000001001' })).toBe(true);
    // SIGPIPE (13) and SIGXFSZ (25), which Node itself ignores
    expect(ignores({ own: '0000000001001000', parent: '0000000001001000' })).toBe(false);
  });

  test('when a shell started nohup with this command', () => {
    expect(ignores({}, { _: '/usr/bin/nohup' })).toBe(true);
    expect(ignores({}, { _: '/usr/bin/node' })).toBe(false);
  });

  test('when nohup has put a /dev/null in place of the terminal, which can’t be read', () => {
    expect(ignores({ stdin: '/dev/null', flags: '0100001' })).toBe(true);
    expect(ignores({ stdin: '/dev/null', flags: '0100000' })).toBe(false); // </dev/null
    expect(ignores({ stdin: '/dev/null', flags: '0100002' })).toBe(false); // a service
    expect(ignores({ stdin: '/tmp/file', flags: '0100001' })).toBe(false);
  });

  test('not where nothing can be read', () => {
    expect(ignoresHangup({}, '/nowhere', 7)).toBe(false);
  });
});

describe('ending signals', () => {
  test('are all heeded, by their names, until the heeding ends', async () => {
    const script = `
      import { onEndingSignals } from '${new URL('../../src/kernel/signals.ts', import.meta.url).href}';
      const heard = [];
      const unheed = onEndingSignals((name) => {
        heard.push(name);
        if (heard.length < 4) return process.kill(process.pid, ['SIGTERM', 'SIGHUP', 'SIGQUIT'][heard.length - 1]);
        unheed();
        console.log(heard.join(' '));
        process.kill(process.pid, 'SIGINT');
        setTimeout(() => {}, 60_000);
      });
      process.kill(process.pid, 'SIGINT');
      setTimeout(() => {}, 60_000);
    `;
    const { stdout, signal } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    expect(stdout.trim()).toBe('SIGINT SIGTERM SIGHUP SIGQUIT');
    expect(signal).toBe('SIGINT');
  });
});
