import { existsSync } from 'node:fs';

/** The end-to-end tests run the built command line, as a user does. */
export function setup(): void {
  if (!existsSync('dist/cli/main.js'))
    throw new Error('dist/ is missing: run `npm run compile` (npm ci does) before the tests.');
}
