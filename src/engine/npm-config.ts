import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { userHome } from '../kernel/user-folders.js';

/** The part of npm's configuration that decides how a package is reached, as npm-registry-fetch's options. */
export interface FetchOptions {
  registry?: string;
  ca?: string[];
  proxy?: string;
  httpsProxy?: string;
  noProxy?: string;
  strictSSL?: boolean;
  /** npm's content-addressed cache. */
  cache?: string;
  replaceRegistryHost?: string;
  /** Nothing but npm's cache. */
  offline?: boolean;
  preferOffline?: boolean;
}

/**
 * Reads the user's npm configuration the way npm does, by asking npm: its own, the user's and the project's .npmrc and
 * the npm_config_* environment, in npm's order. A machine without npm has the environment only. Credentials are not
 * part of the answer.
 */
export async function npmFetchOptions(): Promise<FetchOptions> {
  return fetchOptionsFrom((await askNpm()) ?? environmentConfig(process.env));
}

/** `config` has npm's key names (`https-proxy`). Values of the wrong type are ignored, as are unset ones. */
export function fetchOptionsFrom(config: Record<string, unknown>): FetchOptions {
  const text = (key: string) => {
    const value = config[key];
    return typeof value === 'string' && value !== '' && value !== 'null' ? value : undefined;
  };
  const list = (key: string) => {
    const value = config[key];
    return Array.isArray(value) ? value.filter(String).join(',') || undefined : text(key);
  };
  const is = (key: string, value: boolean) =>
    config[key] === value || config[key] === String(value);
  const options: Record<keyof FetchOptions, unknown> = {
    registry: text('registry'),
    ca: certificates(text('cafile'), config.ca),
    proxy: text('proxy'),
    httpsProxy: text('https-proxy'),
    noProxy: list('noproxy'),
    strictSSL: is('strict-ssl', false) ? false : undefined,
    cache: text('cache') === undefined ? undefined : join(text('cache') as string, '_cacache'),
    replaceRegistryHost: text('replace-registry-host'),
    offline: is('offline', true) ? true : undefined,
    preferOffline: is('prefer-offline', true) ? true : undefined,
  };
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as FetchOptions;
}

/** npm_config_https_proxy=… as {"https-proxy": …}; the names are case-insensitive. */
export function environmentConfig(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(env)) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1];
    if (key !== undefined) config[key.toLowerCase().replaceAll('_', '-')] = value;
  }
  return config;
}

/** The certificates of npm's `cafile`, or of `ca`; undefined means Node's own. */
function certificates(cafile: string | undefined, ca: unknown): string[] | undefined {
  if (cafile !== undefined) {
    try {
      const end = '-----END CERTIFICATE-----';
      const all = readFileSync(cafile, 'utf8').split(end);
      const found = all.slice(0, -1).map((part) => part.trimStart() + end);
      if (found.length > 0) return found;
    } catch {
      // npm warns about a cafile that it can't read and goes on
    }
  }
  const given = (Array.isArray(ca) ? ca : [ca]).filter((c) => typeof c === 'string' && c !== '');
  return given.length > 0 ? given.map((c) => String(c).replaceAll('\\n', '\n')) : undefined;
}

async function askNpm(): Promise<Record<string, unknown> | null> {
  // Under npm (an install script, `npm start`) this is the npm that runs us.
  const script = process.env.npm_execpath;
  const [file, first] = script?.endsWith('npm-cli.js') ? [process.execPath, [script]] : ['npm', []];
  try {
    const { stdout } = await promisify(execFile)(file, [...first, 'config', 'list', '--json'], {
      timeout: 20_000,
      // with an empty HOME it would answer ~/.npm, to be made in the current folder
      env: { ...process.env, HOME: userHome() ?? undefined },
      maxBuffer: 16 * 1024 * 1024,
    });
    const config: unknown = JSON.parse(stdout);
    return typeof config === 'object' && config !== null
      ? (config as Record<string, unknown>)
      : null;
  } catch {
    return null; // no npm here
  }
}
