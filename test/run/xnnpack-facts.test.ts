/** What XNNPACK took, in nodes and in work. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { WorkloadInfo } from '../../src/addon/native.js';
import type { Plan } from '../../src/benchmark/plan.js';
import { readModel } from '../../src/models/read-model.js';
import { xnnpackFacts } from '../../src/run/xnnpack-facts.js';
import { makePlan } from './plans.js';

vi.mock('../../src/models/read-model.js', () => ({
  readModel: vi.fn(() => {
    throw new Error('it is gone');
  }),
}));
beforeEach(() => vi.clearAllMocks());

const workload = { kind: 'model', path: '/m.tflite' } as Plan['workload'];
const refusals = ['XNNPACK refused the model: why', 'and again'];
const facts = (delegatedNodes: number | null, requested = true) => {
  const xnnpack = { requested, delegatedNodes, totalNodes: 31, partitions: 1, taken: [], refusals };
  const info = {
    extraMetrics: [],
    tflite: { xnnpack, messages: ['ERROR: something else'] },
  } as unknown as WorkloadInfo;
  return xnnpackFacts(makePlan({ workload }), info);
};

test('the model is read only where XNNPACK took some of its nodes and left others', async () => {
  for (const nodes of [0, 31]) {
    expect(await facts(nodes)).toMatchObject({ delegatedNodes: nodes, totalNodes: 31, work: null });
    expect(readModel).not.toHaveBeenCalled();
  }
  expect((await facts(30))?.work).toBeNull();
  expect(readModel).toHaveBeenCalledExactlyOnceWith('/m.tflite');
});

test('the first refusal is told', async () => {
  expect((await facts(0))?.refusal).toBe('XNNPACK refused the model: why');
});

test('nothing is known without XNNPACK, of an engine that can’t be watched, and of other workloads', async () => {
  expect(await facts(3, false)).toBeNull();
  expect(await facts(null)).toBeNull();
  expect(await xnnpackFacts(makePlan(), { extraMetrics: [], tflite: null })).toBeNull();
  expect(readModel).not.toHaveBeenCalled();
});
