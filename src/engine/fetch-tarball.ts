/**
 * Not by pacote, which is the whole of it from npm itself: with pacote 21.5 a board's packages are 28.5 MB of files, with
 * npm-registry-fetch and tar-stream 21.1, and loaded it takes 25 MB of memory for 19. It reads no npm configuration, so that
 * npm-config.ts would stay.
 */
import { createHash } from 'node:crypto';
import type npmFetch from 'npm-registry-fetch';
import * as z from 'zod';
import type { KnownEngine } from './known-engines.js';
import { type FetchOptions, npmFetchOptions } from './npm-config.js';

/** The part of a registry's answer about a package that leads to its tarball. */
const packument = z.object({
  versions: z.record(z.string(), z.object({ dist: z.object({ tarball: z.string() }) })),
});

/** npm's abbreviated form of that answer, and the whole one for registries that know no other. */
const ACCEPT = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*';

/**
 * Fetches an engine's package from the user's npm registry, through the user's proxy, certificates and npm cache. What
 * is returned has the pinned checksum.
 *
 * @param onBytes told how much of the tarball is here, again and again
 * @throws the error of the fetch, with npm's `code`: E404, ETARGET (no such version), ENOTCACHED (npm is offline),
 *   EINTEGRITY, ENOTFOUND, …
 */
export async function fetchTarball(
  engine: KnownEngine,
  onBytes: (received: number) => void,
): Promise<Buffer> {
  const settings = {
    // One quick second try and half a minute of silence: who sits in front of a machine without a network, or behind
    // a firewall that swallows everything, should not wait for npm's five minutes.
    fetchRetries: 1,
    fetchRetryMintimeout: 1000,
    timeout: 30_000,
    ...(await npmFetchOptions()),
  };
  try {
    return await fetchOnce(engine, settings, onBytes);
  } catch (error) {
    if (!CACHE_ERRORS.has((error as { code?: unknown }).code)) throw error;
    // Damaged on the way, or npm's cache can't be read or written: once more, past that cache.
    return fetchOnce(engine, { ...settings, cache: undefined }, onBytes);
  }
}

/** What a damaged cache gives, and what a file system says that is asked for too much: no network fails so. */
const CACHE_ERRORS = new Set<unknown>(
  (
    'EINTEGRITY ENOENT EACCES EPERM EROFS ENOSPC EDQUOT ENOTDIR EISDIR EEXIST ENOTEMPTY ELOOP ENAMETOOLONG EIO ESTALE ' +
    'EINVAL EMFILE'
  ).split(' '),
);

type Settings = Omit<FetchOptions, 'cache'> & { cache?: string | undefined };

async function fetchOnce(
  engine: KnownEngine,
  settings: Settings,
  onBytes: (received: number) => void,
): Promise<Buffer> {
  // Only here: it is large, and only an installation needs it.
  const { default: fetch } = await import('npm-registry-fetch');
  const options = settings as npmFetch.Options;
  const [name, version] = nameAndVersion(engine.spec);
  const answer = packument.safeParse(
    await fetch.json(`/${name}`, { ...options, headers: { accept: ACCEPT } }),
  );
  if (!answer.success) throw new Error('what the npm registry answers is not about a package');
  const found = answer.data.versions[version];
  if (!found) throw Object.assign(new Error(`no version ${version}`), { code: 'ETARGET' });

  const response = await fetch(
    tarballUrl(found.dist.tarball, settings, new URL(fetch.pickRegistry(engine.spec, {})).host),
    {
      ...options,
      integrity: engine.integrity,
    },
  );
  const tarball = await collect(response.body as NodeJS.ReadableStream, onBytes);
  // npm checks what comes over the network; what comes out of its cache has the checksum that it had when it got there.
  if (`sha512-${createHash('sha512').update(tarball).digest('base64')}` !== engine.integrity)
    throw Object.assign(new Error('the checksum differs'), { code: 'EINTEGRITY' });
  return tarball;
}

/** Not by `for await`, which leaves a listener on npm's streams for every piece that it had to wait for. */
function collect(
  body: NodeJS.ReadableStream,
  onBytes: (received: number) => void,
): Promise<Buffer> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let received = 0;
    body.on('error', failed);
    body.on('end', () => done(Buffer.concat(chunks)));
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      onBytes(received);
    });
  });
}

function nameAndVersion(spec: string): [name: string, version: string] {
  const at = spec.lastIndexOf('@');
  return [spec.slice(0, at).replace('/', '%2f'), spec.slice(at + 1)];
}

/**
 * npm's `replace-registry-host`: a mirror that passes the public registry's answers on unchanged names tarballs there;
 * they are fetched from the mirror.
 */
function tarballUrl(
  url: string,
  { registry, replaceRegistryHost: wanted }: Settings,
  publicHost: string,
): string {
  const { host, pathname } = new URL(url);
  const replaced = wanted === undefined || wanted === 'npmjs' ? publicHost : wanted;
  if (registry === undefined || (replaced !== 'always' && replaced !== host)) return url;
  return new URL(pathname, registry).href;
}
