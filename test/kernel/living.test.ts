import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bootId, isAlive, pidNamespace } from '../../src/kernel/living.js';

test('this process and init live; one that has ended does not, nor a number that none can have', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(1)).toBe(true); // another user's, unless this is root
  expect(isAlive(spawnSync('true').pid)).toBe(false);
  expect(isAlive(2 ** 40)).toBe(false);
});

test('the boot and the namespace are the kernel’s own words', () => {
  expect(`${bootId()}\n`).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  expect(bootId('/nowhere')).toBeNull();
  expect(pidNamespace()).toMatch(/^pid:\[\d+\]$/);
});
