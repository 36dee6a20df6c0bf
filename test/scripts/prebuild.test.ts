import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNodeDir, localNodeDir } from '../../scripts/node-headers.mjs';
import { compareVersions, faultsOf, newestNeeds } from '../../scripts/prebuild/elf.mjs';
import { oldGlibcFlags } from '../../scripts/prebuild/old-glibc.mjs';

const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
const otherArch = arch === 'x64' ? 'arm64' : 'x64';
const has = (tool: string) => spawnSync(tool, ['--version']).status === 0;
const noCompiler = ['g++', 'gcc', 'readelf'].every(has) ? undefined : 'no g++ or binutils here';

/** Uses what glibc 2.33 (stat), 2.34 (dlopen, threads) and newer libstdc++ (condition variables) gave new versions. */
const SOURCE = `
#include <condition_variable>
#include <cstdio>
#include <dlfcn.h>
#include <mutex>
#include <sys/stat.h>
#include <thread>
extern "C" int napi_register_module_v1() {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::thread other([&] {
    std::lock_guard<std::mutex> lock(mutex);
    done = true;
    changed.notify_all();
  });
  {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return done; });
  }
  other.join();
  struct stat status;
  bool folder = stat("/", &status) == 0 && S_ISDIR(status.st_mode) && fstat(0, &status) == 0;
  return folder && dlsym(dlopen(nullptr, RTLD_NOW), "malloc") != nullptr ? 42 : 0;
}
extern "C" int second_export() { return 1; }
`;

/** Calls the library's function as Node would, without Node. */
const CALLER = `
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char** argv) {
  void* library = dlopen(argv[argc - 1], RTLD_NOW);
  if (!library) return puts(dlerror()), 1;
  printf("%d %d\\n", ((int (*)(void))dlsym(library, "napi_register_module_v1"))(), dlsym(library, "second_export") != 0);
  return 0;
}
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'isochron-prebuild-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function link(name: string, flags: string[]): string {
  const source = join(folder, 'library.cc');
  const file = join(folder, name);
  writeFileSync(source, SOURCE);
  execFileSync('g++', ['-std=c++17', '-shared', '-fPIC', ...flags, source, '-o', file]);
  return file;
}

test('versions are compared number by number', () => {
  expect(['2.31', '2.4', '3.4.30', '2.31.1', '2'].sort(compareVersions)).toEqual([
    '2',
    '2.4',
    '2.31',
    '2.31.1',
    '3.4.30',
  ]);
});

describe.skipIf(noCompiler)(
  `prebuilt files${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    test('are refused for needing newer symbols, each named, and for the wrong architecture', () => {
      const file = link('plain.so', []);
      const faults = faultsOf(file, otherArch, { GLIBC: '2.2', GLIBCXX: '3.4.1' });
      expect(faults[0]).toMatch(new RegExp(`^it is made for .*, not for ${otherArch}$`));
      expect(faults.join('\n')).toMatch(
        /^dlsym is needed as of GLIBC_\d.*; GLIBC_2\.2 is the newest allowed$/m,
      );
      expect(faults.join('\n')).toMatch(/^_ZN.* is needed as of GLIBCXX_/m);
    });

    test('are refused for a library that not every system has, and for symbols without a version', () => {
      writeFileSync(join(folder, 'odd.c'), 'int odd(void) { return 1; }\n');
      execFileSync('gcc', [
        '-shared',
        '-Wl,-soname,libodd.so.7',
        join(folder, 'odd.c'),
        '-o',
        join(folder, 'libodd.so'),
      ]);
      writeFileSync(join(folder, 'user.c'), 'int odd(void); int use(void) { return odd(); }\n');
      const file = join(folder, 'user.so');
      execFileSync('gcc', [
        '-shared',
        '-fPIC',
        join(folder, 'user.c'),
        join(folder, 'libodd.so'),
        '-o',
        file,
      ]);
      expect(faultsOf(file, arch)).toEqual([
        'it needs the library libodd.so.7',
        'odd is needed without a version',
      ]);
    });

    test('linked against old versions need nothing newer than Debian 10, work here and export only the addon', () => {
      const file = link('old.so', oldGlibcFlags('gcc', join(folder, 'stubs')));
      expect(faultsOf(file, arch)).toEqual([]);
      expect(newestNeeds(file)).not.toHaveProperty('GLIBCXX');
      const caller = join(folder, 'caller');
      writeFileSync(`${caller}.c`, CALLER);
      execFileSync('gcc', [`${caller}.c`, '-ldl', '-o', caller]);
      expect(execFileSync(caller, [file], { encoding: 'utf8' })).toBe('42 0\n');
    });

    test('are built from headers assembled out of node-api-headers where Node has none of its own', () => {
      const nodeDir = localNodeDir({ skipInstalled: true, into: join(folder, 'headers') });
      expect(isNodeDir(nodeDir)).toBe(true);
      const addon = join(folder, 'addon');
      mkdirSync(addon);
      copyFileSync(resolve('binding.gyp'), join(addon, 'binding.gyp'));
      mkdirSync(join(addon, 'native', 'src'), { recursive: true });
      writeFileSync(join(addon, 'package.json'), '{}');
      execFileSync('ln', ['-s', resolve('node_modules'), join(addon, 'node_modules')]);
      writeFileSync(
        join(addon, 'native', 'src', 'addon.cc'),
        `#include <napi.h>
       Napi::Object Init(Napi::Env env, Napi::Object exports) {
         try { throw Napi::Error::New(env, "thrown and caught"); }
         catch (const Napi::Error& error) { exports.Set("answer", error.Message()); }
         return exports;
       }
       NODE_API_MODULE(addon, Init)`,
      );
      const gyp = resolve('node_modules/node-gyp/bin/node-gyp.js');
      execFileSync(process.execPath, [gyp, 'rebuild', `--nodedir=${nodeDir}`], {
        cwd: addon,
        stdio: 'pipe',
      });
      const built = join(addon, 'build', 'Release', 'isochron.node');
      expect(createRequire(import.meta.url)(built)).toEqual({ answer: 'thrown and caught' });
    });
  },
);
