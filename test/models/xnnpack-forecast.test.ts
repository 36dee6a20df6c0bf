/** What `inspect` says of XNNPACK, against what the library takes. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it as test } from 'vitest';
import { loadAddon } from '../../src/addon/load-addon.js';
import { nodesOf } from '../../src/models/inspect/delegated.js';
import { GraphView } from '../../src/models/inspect/graph-view.js';
import { xnnpackTakes } from '../../src/models/inspect/xnnpack-forecast.js';
import { readModel } from '../../src/models/read-model.js';
import type { Model } from '../../src/models/schema/tables.js';
import { NO_SHARED, shared } from '../cli/helpers.js';
import { engineLibrary, engineMissing, modelBytes } from './engine.js';
import { oneOperator } from './one-operator.js';
import { cases } from './xnnpack-cases.js';

const missing = engineMissing();
const folder = mkdtempSync(join(tmpdir(), 'isochron-forecast-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The nodes that the library takes, by graph; null for a model that it won't prepare with XNNPACK. */
function taken(path: string): number[][] | null {
  try {
    const { Evaluator } = loadAddon();
    const model = { kind: 'tflite', library: engineLibrary(), model: path, threads: 1 } as const;
    const rest = { seed: 1, inputs: [], ranges: [], dumpOutput: '' };
    const info = new Evaluator({ ...model, ...rest, xnnpack: true }).info();
    return info.xnnpack.taken.map((graph) => [...nodesOf(graph)]);
  } catch (error) {
    const { code } = error as { code?: string };
    if (
      code === 'E_MODEL_UNSUPPORTED' ||
      code === 'E_XNNPACK_REFUSED' ||
      code === 'E_UNRESOLVED_OP'
    )
      return null;
    throw error;
  }
}

const forecast = (model: Model): number[][] =>
  model.subgraphs.map((graph, i) => {
    const view = new GraphView(model, i);
    return graph.operators.flatMap((operator, node) =>
      xnnpackTakes(view, operator) === null ? [node] : [],
    );
  });

describe.skipIf(missing)(`the forecast of XNNPACK (${missing ?? 'with the library'})`, () => {
  test('is what the library takes, over operators, types and shapes', () => {
    const path = join(folder, 'one.tflite');
    const wrong: string[] = [];
    const seen = { taken: 0, left: 0, refused: 0 };
    for (const choice of cases()) {
      const model = oneOperator(choice);
      writeFileSync(path, modelBytes(model));
      const real = taken(path);
      if (real === null) {
        seen.refused++;
        continue;
      }
      const said = forecast(model);
      const isTaken = real[0]?.length === 1;
      seen[isTaken ? 'taken' : 'left']++;
      if (said[0]?.length !== real[0]?.length)
        wrong.push(`${choice.type} ${choice.name}: the library ${isTaken ? 'takes' : 'leaves'} it`);
    }
    expect(wrong).toEqual([]);
    // the library had to do with most of them, and on both sides
    expect(seen.taken).toBeGreaterThan(300);
    expect(seen.left).toBeGreaterThan(300);
    expect(seen.refused).toBeLessThan(400);
  });
});

describe.skipIf(missing || !shared('models', 'odd'))(
  `of a shared model (else skipped: ${NO_SHARED})`,
  () => {
    // two crash the engine, one is no model
    const NOT_RUN = ['keyword_scrambled_8bit', 'blockwise_quantized', 'lfs_pointer'];
    const files = (process.env.ISOCHRON_SHARED ? [['models'], ['models', 'odd']] : []).flatMap(
      (parts) =>
        readdirSync(shared(...parts) as string)
          .filter(
            (name) => name.endsWith('.tflite') && !NOT_RUN.some((odd) => name.startsWith(odd)),
          )
          .map((name) => [...parts, name].join('/')),
    );

    test.each(files)('%s: node by node what the library takes', (name) => {
      const path = shared(...name.split('/')) as string;
      const real = taken(path);
      if (real !== null) expect(forecast(readModel(path))).toEqual(real);
    });
  },
);
