import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { packageRoot, rootAbove, toolVersion } from '../../src/kernel/package.js';

test('the package is where its own package.json lies, whatever others lie on the way', () => {
  const root = mkdtempSync(join(tmpdir(), 'isochron-package-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [dist, kernel] = [join(root, 'dist'), join(root, 'dist', 'kernel')];
  mkdirSync(kernel, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"name": "isochron", "version": "1.2.3"}');
  writeFileSync(join(dist, 'package.json'), '{"type": "module"}');
  writeFileSync(join(kernel, 'package.json'), 'null');
  expect(rootAbove(kernel)).toBe(root);
  writeFileSync(join(kernel, 'package.json'), 'not JSON');
  expect(rootAbove(kernel)).toBe(root);
  expect(rootAbove('/')).toBe('/');
});

test('this package has a version', () => {
  expect(rootAbove(join(packageRoot, 'src', 'kernel'))).toBe(packageRoot);
  expect(toolVersion).toMatch(/^\d+\.\d+\.\d+/);
});
