// Node's C headers for a build with node-gyp or prebuildify, found on this machine; nothing is ever downloaded.
// The addon is Node-API only, so headers of any Node version that has Node-API 8 give the same binary.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const packageRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** What node-gyp reads below `--nodedir`. */
const NEEDED = ['node_api.h', 'js_native_api.h', 'common.gypi', 'config.gypi'];

/** Whether `folder` can be given to node-gyp as `--nodedir` for a Node-API addon. */
export function isNodeDir(folder) {
  return NEEDED.every((file) => existsSync(join(folder, 'include', 'node', file)));
}

/**
 * A folder that is usable as node-gyp's `--nodedir`, in this order: the one that the user named (`npm_config_nodedir`),
 * the one beside the running node, the system's, or one assembled in node_modules/.cache from the npm package node-api-headers.
 *
 * @param {{ skipInstalled?: boolean, into?: string }} [options] `skipInstalled` goes straight to assembling (for tests);
 *   `into` is the folder to assemble in (default: node_modules/.cache/isochron/node-headers of this package; not build/, which node-gyp empties).
 * @returns {string} an absolute path
 * @throws {Error} with `code` `E_NO_NODE_HEADERS` and a `hint` when there are no headers on this machine
 */
export function localNodeDir({ skipInstalled = false, into } = {}) {
  if (!skipInstalled) {
    const installed = installedNodeDirs().find(isNodeDir);
    if (installed !== undefined) return installed;
  }
  const headers = nodeApiHeaders();
  if (headers !== undefined)
    return assemble(
      headers,
      into ?? join(packageRoot, 'node_modules', '.cache', 'isochron', 'node-headers'),
    );
  throw Object.assign(
    new Error(
      'No Node.js headers were found on this machine, and isochron does not download them.',
    ),
    {
      code: 'E_NO_NODE_HEADERS',
      hint:
        'Install node-api-headers next to isochron (npm install node-api-headers), or Debian’s libnode-dev, ' +
        'or name a folder that holds include/node with npm_config_nodedir=FOLDER.',
    },
  );
}

function installedNodeDirs() {
  const named = process.env.npm_config_nodedir;
  const beside = dirname(dirname(realpathSync(process.execPath)));
  return [...(named ? [resolve(named)] : []), beside, '/usr/local', '/usr'];
}

/** The include folder of the package node-api-headers, or undefined where it is not installed. */
function nodeApiHeaders() {
  try {
    return createRequire(join(packageRoot, 'package.json'))('node-api-headers').include_dir;
  } catch {
    return undefined;
  }
}

/** What node-gyp needs besides the headers: how to compile (common.gypi) and how node was built (config.gypi). */
function assemble(headers, folder) {
  const include = join(folder, 'include', 'node');
  mkdirSync(include, { recursive: true });
  for (const file of readdirSync(headers)) {
    if (file.endsWith('.h')) copyFileSync(join(headers, file), join(include, file));
  }
  writeFileSync(join(include, 'common.gypi'), COMMON_GYPI);
  writeFileSync(join(include, 'config.gypi'), CONFIG_GYPI);
  return folder;
}

const COMMON_GYPI = `# Compiler settings for an addon on Linux with gcc or clang, written by scripts/node-headers.mjs.
{
  'variables': {
    'configuring_node%': 0,
    'visibility%': 'default',
    'library%': 'static_library',
    'component%': 'static_library',
    'node_engine%': 'v8',
    'openssl_fips%': '',
    'node_shared%': 'false',
    'standalone_static_library%': 0
  },
  'target_defaults': {
    'default_configuration': 'Release',
    'cflags': ['-pthread', '-fPIC', '-Wall', '-Wextra', '-Wno-unused-parameter'],
    'cflags_cc': ['-std=gnu++17', '-fno-rtti', '-fno-exceptions'],
    'ldflags': ['-pthread', '-rdynamic'],
    'configurations': {
      'Debug': { 'defines': ['DEBUG', '_DEBUG'], 'cflags': ['-g', '-O0'] },
      'Release': { 'cflags': ['-O3', '-fno-omit-frame-pointer'] }
    }
  }
}
`;

const CONFIG_GYPI = `# Written by scripts/node-headers.mjs: no settings of a particular node build are needed.
{ 'target_defaults': { 'cflags': [], 'default_configuration': 'Release', 'defines': [], 'include_dirs': [], 'libraries': [] },
  'variables': { 'napi_build_version': '8', 'v8_enable_i18n_support': 1, 'node_shared_openssl': 'false' } }
`;

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(localNodeDir());
}
