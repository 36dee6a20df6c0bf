/** What of a delegate's nodes is counted: those of the graphs that jobs run. */
import { describe, expect, test } from 'vitest';
import { delegatedWork } from '../../src/models/inspect/delegated.js';
import { jobGraphs } from '../../src/models/job-graphs.js';
import type { OptionsDraft } from '../../src/models/schema/tables.js';
import type { OperatorChoice, TensorChoice } from './one-operator.js';
import { severalGraphs } from './several-graphs.js';

const floats: TensorChoice = { type: 'FLOAT32', shape: [2, 2] };
const add: OperatorChoice = { type: 'ADD', inputs: [floats, floats], outputs: [floats] };
const product: OperatorChoice = { ...add, type: 'FULLY_CONNECTED' };
const caller = (type: string, options: OptionsDraft): OperatorChoice => ({
  type,
  inputs: [floats],
  outputs: [floats],
  options,
});
const whilst = (condSubgraphIndex: number, bodySubgraphIndex: number) =>
  caller('WHILE', { type: 'WhileOptions', value: { condSubgraphIndex, bodySubgraphIndex } });
const either = (thenSubgraphIndex: number, elseSubgraphIndex: number) =>
  caller('IF', { type: 'IfOptions', value: { thenSubgraphIndex, elseSubgraphIndex } });
const once = (initSubgraphIndex: number) =>
  caller('CALL_ONCE', { type: 'CallOnceOptions', value: { initSubgraphIndex } });

const named = (...graphs: OperatorChoice[][]) =>
  severalGraphs(graphs.map((operators, i) => [`graph ${i}`, operators]));

describe('jobs run', () => {
  test('the main graph and what it reaches, however deep and in whatever order', () => {
    const model = named([whilst(4, 2)], [add], [either(3, 5)], [add], [add], [whilst(6, 3)], [add]);
    expect([...jobGraphs(model)].sort()).toEqual([0, 2, 3, 4, 5, 6]);
  });

  test('no initialisation, unless it is called otherwise as well', () => {
    expect([...jobGraphs(named([once(1)], [either(2, 2)], [add]))]).toEqual([0]);
    expect([...jobGraphs(named([once(1), either(1, 2)], [add], [add]))]).toEqual([0, 1, 2]);
  });
});

describe('of what jobs run', () => {
  test('nodes and work are counted, and of other graphs neither', () => {
    const model = named([add, product], [product, product, add]);
    expect(delegatedWork(model, ['0', '0-2'], 5)).toEqual({
      nodes: { taken: 1, total: 2 },
      work: { by: 'macs', taken: 0, total: 8, why: null, low: 0, high: 0 },
    });
    expect(delegatedWork(model, ['0-1', ''], 5)).toEqual({
      nodes: { taken: 2, total: 2 },
      work: { by: 'macs', taken: 8, total: 8, why: null, low: 1, high: 1 },
    });
  });

  test('bodies count once each', () => {
    const model = named([whilst(1, 2)], [add], [product, add]);
    expect(delegatedWork(model, ['', '0', '0'], 4)?.nodes).toEqual({ taken: 2, total: 4 });
  });

  test('bodies leave open which share they have, for how often they run is not in the file', () => {
    const model = named([product, product, whilst(1, 2)], [add], [product]);
    expect(delegatedWork(model, ['0-1', '0', ''], 5)?.work).toMatchObject({
      ...{ by: 'macs', taken: 16, total: 24 },
      ...{ low: 0, high: 1 },
    });
    const half = named([product, product, whilst(1, 2)], [add], [product, product, product]);
    expect(delegatedWork(half, ['0', '0', '0'], 7)?.work).toMatchObject({ low: 1 / 3, high: 0.5 });
  });

  test('work that is not known of a graph that no job runs changes nothing', () => {
    const lstm: OperatorChoice = { ...add, type: 'HASHTABLE_MY_CONV' };
    expect(delegatedWork(named([product], [lstm]), ['0', ''], 2)?.work.by).toBe('macs');
    expect(delegatedWork(named([product, lstm]), ['0'], 2)?.work.by).toBe('nodes');
  });
});

describe('the engine’s lists', () => {
  test('may leave out graphs that are there for validation', () => {
    const model = severalGraphs([
      ['VALIDATION:main', [add]],
      ['other', [add, add]],
    ]);
    expect(delegatedWork(model, ['0-1'], 2)?.nodes).toEqual({ taken: 0, total: 1 });
    // an engine that does not know them
    expect(delegatedWork(model, ['0', ''], 3)?.nodes).toEqual({ taken: 1, total: 1 });
  });

  test('are no other model’s', () => {
    const model = named([add], [add]);
    expect(delegatedWork(model, ['0'], 1)).toBeNull();
    expect(delegatedWork(model, ['0', '', ''], 3)).toBeNull();
    expect(delegatedWork(model, ['0', ''], 3)).toBeNull();
    expect(delegatedWork(model, [], 0)).toBeNull();
  });
});
