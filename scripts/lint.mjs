// One command for both languages: `npm run lint` checks, `npm run format` mends. TypeScript by Biome and tsc, C++ by
// clang-format and clang-tidy (Debian: apt-get install clang-format clang-tidy; left out with a note where absent).
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clangTidy, whyNoClangTidy } from './clang-tidy.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const fix = process.argv.includes('--fix');
let failed = false;

function check(name, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error?.code === 'ENOENT') skip(name, `${command} is not installed`);
  else failed ||= status !== 0;
}
function skip(name, why) {
  console.error(`lint: ${why}, ${name} was not checked`);
  failed ||= process.env.CI === 'true';
}
const bin = (name) => join(root, 'node_modules', '.bin', name);
const tracked = spawnSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'native'],
  {
    cwd: root,
    encoding: 'utf8',
  },
).stdout.split('\n');
const cpp = tracked.filter((file) => /\.(cc|h|c)$/.test(file));

check('TypeScript', bin('biome'), ['check', ...(fix ? ['--write'] : ['--error-on-warnings']), '.']);
if (!fix)
  for (const project of ['.', 'tsconfig.page.json'])
    check('types', bin('tsc'), ['--noEmit', '-p', project]);
// what nobody uses: exports, files, dependencies (knip.json)
if (!fix) check('unused code', bin('knip'), ['--no-progress']);
check('C++ format', 'clang-format', [...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...cpp]);
if (!fix) {
  const why = whyNoClangTidy();
  if (why !== undefined) skip('C++ (clang-tidy)', why);
  else if (!(await clangTidy())) failed = true;
}
process.exit(failed ? 1 : 0);
