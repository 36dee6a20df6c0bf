/** `isochron events` on whatever machine the tests run. */
import { describe, expect, test } from 'vitest';
import { CATALOGUE, EVENT_SETS } from '../../src/events/catalogue.js';
import type { EventOffer } from '../../src/events/offer.js';
import { isochron } from './helpers.js';

async function listed(...options: string[]): Promise<EventOffer> {
  const { status, stdout } = await isochron(['events', '--json', ...options]);
  expect(status).toBe(0);
  return JSON.parse(stdout) as EventOffer;
}

describe('isochron events', () => {
  test('says of every event either that it is offered or why not', async () => {
    const offer = await listed();
    expect(offer.events.map((event) => event.name)).toEqual(CATALOGUE.map((event) => event.name));
    for (const { offered, reason, encoding } of offer.events) {
      expect(offered).toBe(reason === null);
      if (offered) expect(encoding).not.toBeNull();
      else expect(reason).not.toBe('');
    }
    expect(offer.sets.map((set) => set.name)).toEqual(Object.keys(EVENT_SETS));
  });

  test('a set’s runs hold its offered events and no others', async () => {
    const offer = await listed('--events-kernel');
    const offered = new Set(
      offer.events.filter((event) => event.offered).map((event) => event.name),
    );
    for (const { events, passes } of offer.sets)
      expect(passes.flat()).toEqual(events.filter((name) => offered.has(name)));
  });

  test('the table names every event and gives a shared reason once', async () => {
    const { status, stdout, stderr } = await isochron(['events']);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    for (const { name } of CATALOGUE) expect(stdout).toContain(name);
    const { events } = await listed();
    const reasons = events.map((event) => event.reason).filter((reason) => reason !== null);
    const shared = reasons.filter((reason, i) => reasons.indexOf(reason) !== i);
    for (const reason of new Set(reasons)) expect(stdout).toContain(reason);
    for (const reason of shared) expect(stdout.split(reason)).toHaveLength(2);
  });

  test.each(['-1', '1.5', '9999', 'x'])('--core %s is wrong usage', async (core) => {
    const { status, stdout, stderr } = await isochron(['events', `--core=${core}`]);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/core/);
    expect(stderr).not.toContain(' at ');
  });
});
