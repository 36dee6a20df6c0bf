/**
 * One of several processes that want the same locks at the same instant.
 *
 * `once NUMBER CONTENDERS FOLDER…` writes into each folder whether it got the lock, and lets go only when all have tried.
 * `churn NUMBER CONTENDERS FOLDER ROUNDS PID` takes one lock again and again, and ends every other time as if it had been
 * killed while it held it: what stays is a lock of the process PID, which is gone.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IsochronError } from '../../../src/kernel/errors.js';
import { FileLock } from '../../../src/kernel/files/lock-file.js';

const [mode, number, contenders, ...rest] = process.argv.slice(2);
const others = Array.from({ length: Number(contenders) }, (_, i) => String(i));
const busy = (pid) => new IsochronError('E_BUSY', `process ${pid}`);

/** Says that this process is here, and waits for the others without sleeping. */
function meet(folder, where) {
  writeFileSync(join(folder, `${where}-${number}`), '');
  while (!others.every((other) => existsSync(join(folder, `${where}-${other}`))));
}

/** The lock, or the code of what kept it from being had. */
function attempt(folder) {
  try {
    return FileLock.take(join(folder, 'lock'), busy);
  } catch (error) {
    return error.code ?? String(error);
  }
}

function once(folder) {
  meet(folder, 'ready');
  const lock = attempt(folder);
  writeFileSync(join(folder, `outcome-${number}`), typeof lock === 'string' ? lock : 'got it');
  meet(folder, 'tried');
  if (typeof lock !== 'string') lock.release();
  meet(folder, 'released');
}

function churn(folder, rounds, gone) {
  meet(folder, 'ready');
  for (let held = 0; held < rounds; ) {
    const lock = attempt(folder);
    if (lock === 'E_BUSY') continue;
    if (typeof lock === 'string') throw new Error(lock);
    writeFileSync(join(folder, 'inside'), '', { flag: 'wx' }); // fails when another is inside
    rmSync(join(folder, 'inside'));
    if (held++ % 2) die(folder, gone);
    else lock.release();
  }
}

function die(folder, gone) {
  for (const name of readdirSync(folder)) {
    if (!/^lock(?!.*\.new$)/.test(name)) continue;
    const file = join(folder, name);
    try {
      const content = JSON.parse(readFileSync(file, 'utf8'));
      if (content.pid !== process.pid) continue;
      const dead = join(folder, `dead-${number}`);
      writeFileSync(dead, JSON.stringify({ ...content, pid: gone }));
      renameSync(dead, file);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error; // another one's that was given up meanwhile
    }
  }
}

if (mode === 'once') for (const folder of rest) once(folder);
else churn(rest[0], Number(rest[1]), Number(rest[2]));
