// clang-tidy over native/src, with the checks of native/.clang-tidy; a part of `npm run lint`.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localNodeDir } from './node-headers.mjs';

const root = join(fileURLToPath(import.meta.url), '..', '..');
const build = join(root, 'build', 'clang-tidy');
const sound = join(build, 'sound'); // the fingerprint of what was last found sound

/** Why it can't look; undefined where it can. */
export function whyNoClangTidy() {
  const missing = ['clang-tidy', 'cmake'].find((tool) => version(tool) === undefined);
  return missing && `${missing} is not installed`;
}

/** Whether it finds nothing. Sources that it has found sound are not looked at again. */
export async function clangTidy() {
  const now = fingerprint();
  if (existsSync(sound) && readFileSync(sound, 'utf8') === now) return true;
  rmSync(build, { recursive: true, force: true });
  const configured = spawnSync(
    'cmake',
    [
      ...['-S', join(root, 'native'), '-B', build, '-DISOCHRON_TESTS=OFF'],
      `-DCMAKE_JS_INC=${join(localNodeDir(), 'include', 'node')}`,
      // most of the time goes into the headers of the C++ library: many sources at a time read them once
      ...['-DCMAKE_UNITY_BUILD=ON', '-DCMAKE_UNITY_BUILD_BATCH_SIZE=30'],
    ],
    { encoding: 'utf8' },
  );
  if (configured.status !== 0) {
    console.error(`${configured.stdout}\n${configured.stderr}`);
    return false;
  }
  const waiting = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8')).map(
    ({ file }) => file,
  );
  let clean = true;
  const look = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      if ((await tidy(file)) !== 0) clean = false;
  };
  await Promise.all(Array.from({ length: availableParallelism() }, look));
  if (clean) writeFileSync(sound, now);
  return clean;
}

/** Resolves to the exit status. Nothing that was found is lost to what another process writes at the same time. */
function tidy(file) {
  return new Promise((resolve) => {
    // what is compiled lies in build/, where the settings would not be found
    const config = `--config-file=${join(root, 'native', '.clang-tidy')}`;
    const child = spawn('clang-tidy', ['-p', build, config, '--quiet', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let findings = '';
    let chatter = ''; // "12345 warnings generated", but also why it could not begin
    child.stdout.setEncoding('utf8').on('data', (text) => {
      findings += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      chatter += text;
    });
    child.on('close', (status) => {
      if (status !== 0) console.error(findings || chatter);
      resolve(status);
    });
  });
}

/** Of everything that decides what it finds, the headers of the system and of Node aside. */
function fingerprint() {
  const native = join(root, 'native');
  const files = readdirSync(join(native, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const hash = createHash('sha256').update(`${version('clang-tidy')}`);
  for (const file of [
    ...files,
    join(native, '.clang-tidy'),
    join(native, 'CMakeLists.txt'),
    fileURLToPath(import.meta.url),
  ])
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

function version(tool) {
  const { status, stdout } = spawnSync(tool, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
