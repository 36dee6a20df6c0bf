/** An npm registry on this machine that knows one package. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { withEnvironment } from './fake-engine.js';

export interface FakeRegistry {
  url: string;
  /** The paths that were asked for, in order. */
  asked: string[];
  /** What the registry says of the package; the tarball's own address unless a test says otherwise. */
  tarballUrl: string;
  /** Replaces the tarball's bytes, for a registry or a proxy that delivers something else. */
  deliver: (tarball: Buffer, time: number) => Buffer;
}

/**
 * Serves `fake@1.0.0` from a tarball and makes it npm's registry until the test is over. The tarball is read when it is
 * asked for; where it is gone, the answer is 404.
 */
export async function fakeRegistry(tarball: string): Promise<FakeRegistry> {
  const asked: string[] = [];
  let delivered = 0;
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/fake')
      return response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ versions: { '1.0.0': { dist: { tarball: registry.tarballUrl } } } }));
    if (request.url !== '/fake/-/fake-1.0.0.tgz' || !existsSync(tarball))
      return response.writeHead(404).end();
    response
      .setHeader('cache-control', 'max-age=3600')
      .end(registry.deliver(readFileSync(tarball), delivered++));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const registry: FakeRegistry = {
    url,
    asked,
    tarballUrl: `${url}fake/-/fake-1.0.0.tgz`,
    deliver: (bytes) => bytes,
  };
  withEnvironment({ npm_config_registry: url, npm_config_noproxy: '127.0.0.1' });
  return registry;
}
