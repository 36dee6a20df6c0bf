import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toJson } from '../../src/formats/plain-json.js';
import { markFailed } from '../../src/formats/unfinished.js';
import { scratch } from '../cli/helpers.js';

const startedAt = '2026-01-02T03:04:05.678Z';
const sidecar = (status: string, at = startedAt) =>
  toJson({ format: 'isochron-run', version: 1, status, startedAt: at, more: 'x'.repeat(999) });

test('a run that nobody ends becomes failed, and the rest of its JSON stays', () => {
  const path = join(scratch(), 'run.json');
  writeFileSync(path, sidecar('running'));
  markFailed({ path, startedAt });
  const { status, ...rest } = JSON.parse(readFileSync(path, 'utf8'));
  expect(status).toBe('failed');
  expect(rest).toEqual({ ...JSON.parse(sidecar('running')), status: undefined });
});

test.each([
  ['that has ended', sidecar('done')],
  ['that began at another time', sidecar('running', '2026-01-02T03:04:05.679Z')],
  ['that is no run', 'notes\n'],
])('a file %s is left alone', (_what, text) => {
  const path = join(scratch(), 'run.json');
  writeFileSync(path, text);
  markFailed({ path, startedAt });
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('one that is gone is no trouble', () => {
  expect(() => markFailed({ path: join(scratch(), 'none.json'), startedAt })).not.toThrow();
});
