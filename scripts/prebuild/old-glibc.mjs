// Links a prebuild so that it also loads on systems with an older C library than the one it was built on.
//
// glibc keeps the old versions of its symbols for old programs, but the linker always takes the newest, and glibc 2.34
// gave new versions to everything that moved from libpthread and libdl into libc. So we link against stub libraries
// first: they have no code, only those symbols with the newest version that the floor already had, read out of the
// build machine's own libc. The C++ library is linked statically (its inline code needs symbols of its own age);
// libgcc_s stays shared, because Node needs it anyway and one unwinder per process is enough.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareVersions, dynamicSymbols, FLOOR } from './elf.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Writes the stub libraries and returns the linker flags that use them.
 * @param {string} cc the C compiler of the target, e.g. `aarch64-linux-gnu-gcc`
 * @param {string} folder where to put the stubs
 * @param {string} [floor] the glibc version to be satisfied with
 * @returns {string[]} flags to be put before the object files of a shared library linked by g++
 */
export function oldGlibcFlags(cc, folder, floor = FLOOR.GLIBC) {
  mkdirSync(folder, { recursive: true });
  const libc = run(cc, ['-print-file-name=libc.so.6']).trim();
  const byLibrary = new Map();
  for (const symbol of olderVersions(dynamicSymbols(libc), floor)) {
    const library = formerLibrary(symbol.name);
    if (library !== undefined) byLibrary.set(library, [...(byLibrary.get(library) ?? []), symbol]);
  }
  const stubs = [...byLibrary].map(([library, symbols]) => buildStub(cc, folder, library, symbols));
  const missing = join(folder, 'missing.o');
  run(cc, [
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-fPIC',
    '-c',
    join(here, 'missing-in-old-glibc.c'),
    '-o',
    missing,
  ]);
  const kept = ['-Wl,--push-state,--no-as-needed', ...stubs, '-Wl,--pop-state']; // they come before the objects
  // Nothing else is exported, so that neither Node's nor another addon's C++ library can take the place of ours.
  const exported = join(folder, 'exported.map');
  writeFileSync(
    exported,
    '{ global: napi_register_module_v*; node_api_module_get_api_version_v*; local: *; };\n',
  );
  return [
    '-static-libstdc++',
    `-Wl,--version-script=${exported}`,
    '-Wl,--gc-sections',
    missing,
    ...kept,
  ];
}

/** Of every function whose default version is newer than the floor: the newest version that is not. */
function olderVersions(symbols, floor) {
  const byName = new Map();
  for (const { name, version, isDefault, defined, type } of symbols) {
    const number = /^GLIBC_([\d.]+)$/.exec(version ?? '')?.[1];
    if (!defined || number === undefined || !['FUNC', 'IFUNC'].includes(type)) continue;
    byName.set(name, [...(byName.get(name) ?? []), { version: number, isDefault }]);
  }
  const older = [];
  for (const [name, versions] of byName) {
    const current = versions.find((v) => v.isDefault);
    if (current === undefined || compareVersions(current.version, floor) <= 0) continue;
    const fitting = versions.map((v) => v.version).filter((v) => compareVersions(v, floor) <= 0);
    if (fitting.length > 0) older.push({ name, version: fitting.sort(compareVersions).at(-1) });
  }
  return older;
}

/**
 * The library that a symbol was in before glibc 2.34. There must be no stub that calls itself libc.so.6: the linker takes
 * it for the same library as the real one and then leaves the versions of everything in the real one away. What moved
 * within libc or from rarer libraries is not cured; faultsOf() would name it.
 */
function formerLibrary(name) {
  if (/^dl[a-z]+$/.test(name)) return 'libdl.so.2';
  if (/^_*(pthread|sem)_/.test(name) || /^(thrd|mtx|cnd|tss)_|^call_once$/.test(name))
    return 'libpthread.so.0';
  if (/^(timer|mq|shm)_/.test(name)) return 'librt.so.1';
  return undefined;
}

function buildStub(cc, folder, library, symbols) {
  const source = join(folder, `${library}.s`);
  const map = join(folder, `${library}.map`);
  const stub = join(folder, library);
  const lines = symbols.map(
    ({ name, version }, i) =>
      `.globl stub_${i}\n.type stub_${i}, %function\nstub_${i}: .long 0\n.symver stub_${i}, ${name}@@GLIBC_${version}\n`,
  );
  const versions = [...new Set(symbols.map((s) => s.version))].sort(compareVersions);
  writeFileSync(source, `.text\n${lines.join('')}.section .note.GNU-stack,"",%progbits\n`);
  writeFileSync(
    map,
    versions.map((v, i) => `GLIBC_${v} {${i === 0 ? ' local: stub_*; ' : ''}};\n`).join(''),
  );
  run(cc, [
    '-shared',
    '-nostdlib',
    `-Wl,-soname,${library}`,
    `-Wl,--version-script=${map}`,
    source,
    '-o',
    stub,
  ]);
  return stub;
}

function run(command, args) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
