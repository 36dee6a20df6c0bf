import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentConfig, fetchOptionsFrom } from '../../src/engine/npm-config.js';
import { scratch } from './fake-engine.js';

test('npm’s settings become its fetching library’s options', () => {
  expect(
    fetchOptionsFrom({
      registry: 'http://registry.invalid/',
      proxy: 'http://proxy.invalid:1',
      'https-proxy': 'http://proxy.invalid:2',
      noproxy: ['a.invalid', 'b.invalid'],
      'strict-ssl': false,
      cache: '/some/cache',
      'replace-registry-host': 'always',
      offline: true,
      'prefer-offline': 'true',
    }),
  ).toEqual({
    registry: 'http://registry.invalid/',
    proxy: 'http://proxy.invalid:1',
    httpsProxy: 'http://proxy.invalid:2',
    noProxy: 'a.invalid,b.invalid',
    strictSSL: false,
    cache: '/some/cache/_cacache',
    replaceRegistryHost: 'always',
    offline: true,
    preferOffline: true,
  });
});

test('what is unset stays unset, so that the library’s defaults hold', () => {
  expect(
    fetchOptionsFrom({
      proxy: null,
      'https-proxy': 'null',
      noproxy: [''],
      ca: null,
      'strict-ssl': true,
      offline: false,
      'prefer-offline': 'false',
    }),
  ).toEqual({});
});

test('a file of certificates becomes a list; an unreadable one is passed over', () => {
  const path = join(scratch(), 'ca.pem');
  const certificate = (body: string) =>
    `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;
  writeFileSync(path, `# comment\n${certificate('QQ==')}\n\n${certificate('Qg==')}\n`);
  const { ca } = fetchOptionsFrom({ cafile: path });
  expect(ca).toHaveLength(2);
  expect(ca?.[1]).toBe(certificate('Qg=='));
  expect(fetchOptionsFrom({ cafile: `${path}.none` })).toEqual({});
  expect(fetchOptionsFrom({ ca: ['-----BEGIN\\nX'] }).ca).toEqual(['-----BEGIN\nX']);
});

test('the environment speaks npm’s language in either case', () => {
  expect(
    environmentConfig({ npm_config_https_proxy: 'p', NPM_CONFIG_REGISTRY: 'r', HOME: '/' }),
  ).toEqual({
    'https-proxy': 'p',
    registry: 'r',
  });
});
