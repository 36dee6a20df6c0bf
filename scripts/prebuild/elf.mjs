// What a shared object is and what it needs at run time, by readelf (binutils), which reads every architecture.
import { execFileSync } from 'node:child_process';

/**
 * The newest versions that a prebuild may need: Debian 10's C and C++ libraries, which is what the Coral Dev Board's own
 * Mendel Linux has. Node 20 itself is built for glibc 2.28, so an older floor would reach nobody.
 */
export const FLOOR = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11', GCC: '7.0.0' };

/** readelf's names of the machines, by Node's names. */
const MACHINES = { x64: 'Advanced Micro Devices X86-64', arm64: 'AArch64' };

/** Libraries that every glibc system with Node has; anything else would have to be installed by the user. */
const USUAL_LIBRARY = /^(lib(c|m|dl|pthread|rt|gcc_s|stdc\+\+)\.so\.\d+|ld-linux.*\.so\.\d+)$/;

/** What Node itself provides; the only symbols without a version. */
const NODE_SYMBOL = /^(napi|node_api)_/;

/**
 * One shared object described.
 * @param {string} file
 * @returns {{ machine: string, libraries: string[], unversioned: string[],
 *   needs: { symbol: string, family: string, version: string }[] }} `needs` has one entry per undefined symbol with a
 *   numbered version, `unversioned` the strongly undefined ones that name none
 */
export function describe(file) {
  const machine = /^\s*Machine:\s+(.*?)\s*$/m.exec(readelf('-h', file))?.[1] ?? 'unknown';
  const libraries = [...readelf('-d', file).matchAll(/\(NEEDED\).*\[(.+?)\]/g)].map((m) => m[1]);
  const undefinedSymbols = dynamicSymbols(file).filter((symbol) => !symbol.defined);
  const unversioned = undefinedSymbols
    .filter((s) => s.version === undefined && s.bind !== 'WEAK')
    .map((s) => s.name);
  const needs = undefinedSymbols
    .filter((symbol) => symbol.version !== undefined)
    .flatMap(({ name, version }) => {
      const [, family, number] = /^(\w+?)_(\d[\d.]*)$/.exec(version) ?? [];
      return family === undefined ? [] : [{ symbol: name, family, version: number }];
    });
  return { machine, libraries, unversioned, needs };
}

/**
 * The dynamic symbol table.
 * @returns {{ name: string, version: string | undefined, isDefault: boolean, defined: boolean, type: string,
 *   bind: string }[]}
 */
export function dynamicSymbols(file) {
  const symbols = [];
  for (const line of readelf('--dyn-syms', file).split('\n')) {
    // Num: Value Size Type Bind Vis Ndx Name[@[@]VERSION] [(index)]; aarch64 may add flags in brackets after Vis
    const match =
      /^\s*\d+:\s+[0-9a-f]+\s+\S+\s+(\S+)\s+(\S+)\s+\S+\s+(?:\[.*?\]\s+)?(\S+)\s+([^\s@]+)(@@?)?(\S+)?/.exec(
        line,
      );
    if (match === null) continue;
    const [, type, bind, section, name, at, version] = match;
    symbols.push({ name, version, isDefault: at === '@@', defined: section !== 'UND', type, bind });
  }
  return symbols;
}

/**
 * What is wrong with a prebuild, as sentences; none when it may be shipped.
 * @param {string} file
 * @param {'x64' | 'arm64'} arch
 * @param {Record<string, string>} [floor]
 */
export function faultsOf(file, arch, floor = FLOOR) {
  const { machine, libraries, unversioned, needs } = describe(file);
  const faults = [];
  if (machine !== MACHINES[arch]) faults.push(`it is made for ${machine}, not for ${arch}`);
  for (const library of libraries) {
    if (!USUAL_LIBRARY.test(library)) faults.push(`it needs the library ${library}`);
  }
  for (const symbol of unversioned) {
    // Without a version the loader may bind an ancient, incompatible one (pthread_cond_wait of LinuxThreads).
    if (!NODE_SYMBOL.test(symbol)) faults.push(`${symbol} is needed without a version`);
  }
  for (const { symbol, family, version } of needs) {
    const newest = floor[family];
    if (newest !== undefined && compareVersions(version, newest) > 0) {
      faults.push(
        `${symbol} is needed as of ${family}_${version}; ${family}_${newest} is the newest allowed`,
      );
    }
  }
  return faults;
}

/** The newest version needed of each family, e.g. `{ GLIBC: '2.30' }`. */
export function newestNeeds(file) {
  const newest = {};
  for (const { family, version } of describe(file).needs) {
    if (newest[family] === undefined || compareVersions(version, newest[family]) > 0)
      newest[family] = version;
  }
  return newest;
}

/** Compares dotted numbers: negative, 0 or positive as `a` is older than, equal to, or newer than `b`. */
export function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function readelf(...args) {
  try {
    return execFileSync('readelf', ['-W', ...args], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    if (error.code === 'ENOENT')
      throw new Error('readelf is missing: install Debian’s package binutils.');
    throw new Error(`readelf cannot read ${args.at(-1)}: ${String(error.stderr).trim()}`);
  }
}
