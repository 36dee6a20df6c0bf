/** The process of a run that follows another. */
import { describe, expect, test, vi } from 'vitest';
import { SpareChild } from '../../src/child/spare-child.js';
import { FakeChild } from './fake-child.js';

function spares() {
  const started: FakeChild[] = [];
  const start = vi.fn(() => {
    const child = new FakeChild();
    started.push(child);
    return child;
  });
  return { spare: new SpareChild(start), started, start };
}

describe('a spare process', () => {
  test('is the one that the next run takes, once', () => {
    const { spare, started } = spares();
    spare.prepare();
    spare.prepare();
    expect(started).toHaveLength(1);
    expect(spare.take()).toBe(started[0]);
    expect(spare.take()).toBe(started[1]);
    expect(started).toHaveLength(2);
  });
  test('that ended while nobody had taken it is none', async () => {
    const { spare, started } = spares();
    spare.prepare();
    started[0]?.end({ code: 0, signal: null });
    await started[0]?.ended;
    expect(spare.take()).toBe(started[1]);
  });
  test('is ended where nothing follows; one that was taken is not', () => {
    const { spare, started } = spares();
    spare.prepare();
    spare.end();
    expect(started[0]?.killed).toBe(1);
    spare.prepare();
    spare.take();
    spare.end();
    expect(started[1]?.killed).toBe(0);
  });
  test('that can’t be started is told to the run that wants it', () => {
    const { spare, start } = spares();
    start.mockImplementation(() => {
      throw new Error('too many files are open');
    });
    spare.prepare();
    expect(() => spare.take()).toThrow('too many files are open');
  });
});
