/** What XNNPACK took, in nodes and in work. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { WorkloadInfo } from '../../src/addon/native.js';
import type { Plan } from '../../src/benchmark/plan.js';
import { readModel } from '../../src/models/read-model.js';
import { xnnpackFacts } from '../../src/run/xnnpack-facts.js';
import type { OperatorChoice } from '../models/one-operator.js';
import { severalGraphs } from '../models/several-graphs.js';
import { makePlan } from './plans.js';

vi.mock('../../src/models/read-model.js', () => ({ readModel: vi.fn() }));
beforeEach(() => {
  vi.mocked(readModel).mockReset();
  vi.mocked(readModel).mockImplementation(() => {
    throw new Error('it is gone');
  });
});

const workload = { kind: 'model', path: '/m.tflite' } as Plan['workload'];
const refusals = ['XNNPACK refused the model: why', 'and again'];
const facts = (
  delegatedNodes: number | null,
  { totalNodes = 3, taken = [''], requested = true } = {},
) => {
  const xnnpack = { requested, delegatedNodes, totalNodes, partitions: 1, taken, refusals };
  const info = {
    extraMetrics: [],
    tflite: { xnnpack, messages: ['ERROR: something else'] },
  } as unknown as WorkloadInfo;
  return xnnpackFacts(makePlan({ workload }), info);
};

const add: OperatorChoice = { type: 'ADD', inputs: [], outputs: [] };
const readable = () =>
  vi.mocked(readModel).mockReturnValue(
    severalGraphs([
      ['main', [add, add]],
      ['other', [add]],
    ]),
  );

test.each([
  [['', '0'], 1, 0, null],
  [['0-1', ''], 2, 2, null],
  [['1', '0'], 2, 1, expect.objectContaining({ by: 'nodes', taken: 1, total: 2 })],
])('of the nodes %j those count that jobs run', async (taken, delegated, own, work) => {
  readable();
  expect(await facts(delegated, { taken })).toMatchObject({
    nodes: { taken: own, total: 2, of: 'jobs' },
    work,
  });
  expect(readModel).toHaveBeenCalledExactlyOnceWith('/m.tflite');
});

test('of a model that is gone, or another by now, all nodes count, and that is said', async () => {
  const file = { nodes: { taken: 1, total: 3, of: 'file' }, work: null };
  expect(await facts(1, { taken: ['', '0'] })).toMatchObject(file);
  readable();
  expect(await facts(1, { taken: ['0'] })).toMatchObject(file);
});

test('the first refusal is told', async () => {
  expect((await facts(0))?.refusal).toBe('XNNPACK refused the model: why');
});

test('nothing is known without XNNPACK, of an engine that can’t be watched, and of other workloads', async () => {
  expect(await facts(3, { requested: false })).toBeNull();
  expect(await facts(null)).toBeNull();
  expect(await xnnpackFacts(makePlan(), { extraMetrics: [], tflite: null })).toBeNull();
  expect(readModel).not.toHaveBeenCalled();
});
