/** A limit on open files that is too low for the program's own. */
import { expect, test } from 'vitest';
import { isochron } from './helpers.js';

test.each([26, 36, 50])(
  'a limit of %i open files is named, and how it is raised',
  async (limit) => {
    const { status, stderr } = await isochron(['run', 'noop', '-t', '1', '--events', 'none'], {
      wrapper: ['sh', '-c', `ulimit -n ${limit} && exec "$@"`, 'sh'],
    });
    expect(stderr).toBe(
      'isochron: No further file can be opened: too many files are open.\n  Raise the limit (`ulimit -n`).\n',
    );
    expect(status).toBe(1);
  },
);

test('one that is too low even for these words is named all the same', async () => {
  const { status, stderr } = await isochron(['run', 'noop', '-t', '1', '--events', 'none'], {
    wrapper: ['sh', '-c', 'ulimit -n 22 && exec "$@"', 'sh'],
  });
  expect(stderr).toMatch(/^isochron: .*too many (open files|files are open).*\n/);
  expect(stderr).toContain('ulimit -n');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(1);
});
