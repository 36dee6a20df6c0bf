/** Proof of architecture: sizes, operations and parameters against published figures. Prints the tables that it checks. */
import { describe, expect, it as test } from 'vitest';
import { inspectFileOrName } from '../../src/models/inspect/inspect-file.js';
import { renderTable } from '../../src/terminal/table.js';
import { EDGEBENCH, QUTIBENCH, STUDY_SIZES, YOLO_SIZES } from './published.js';

const megabytes = (name: string) => inspectFileOrName(name).bytes / 1e6;
const off = (ours: number, published: number) => ours / published - 1;
const percent = (value: number) => `${value >= 0 ? '+' : ''}${(100 * value).toFixed(1)} %`;

function print(title: string, head: string[], rows: string[][]): void {
  process.stdout.write(`\n${title}\n${renderTable(head, rows)}\n`);
}

describe('file sizes', () => {
  const rows: string[][] = [];
  const compare = (name: string, published: number) => {
    const ours = megabytes(name);
    const deviation = off(ours, published);
    rows.push([name, ours.toFixed(1), published.toFixed(1), percent(deviation)]);
    return Math.abs(deviation);
  };

  test('are the study’s within 2 % in fp32', () => {
    for (const [name, { fp32 }] of Object.entries(STUDY_SIZES))
      if (fp32 !== undefined && name !== 'inception_resnet_v2')
        expect(compare(name, fp32), name).toBeLessThan(0.02);
  });

  test('of Inception-ResNet v2 is the study’s within 2 % without its classifier', () => {
    // 2144×1001 weights of 4 bytes. With the network of 10, 20 and 10 modules that is mostly meant today (55.9 M
    // parameters, 223 MB), nothing would fit; the paper's 5, 10 and 5 modules have 121.1 MB of convolutions.
    const classifier = (2144 * 1001 * 4) / 1e6;
    const published = STUDY_SIZES.inception_resnet_v2?.fp32 ?? 0;
    compare('inception_resnet_v2', published);
    const deviation = off(megabytes('inception_resnet_v2') - classifier, published);
    expect(Math.abs(deviation)).toBeLessThan(0.02);
  });

  test('are the study’s within 5 % in uint8', () => {
    for (const [name, { uint8 }] of Object.entries(STUDY_SIZES))
      if (uint8 !== undefined && name !== 'efficientnet_lite0')
        expect(compare(`${name}@uint8`, uint8), name).toBeLessThan(0.05);
  });

  test('of EfficientNet-lite0 is the published one in int8, with a scale for each channel', () => {
    // 4.63 M parameters of one byte are 4.7 MB in uint8; the published 5.4 MB are those of the int8 file.
    expect(
      compare('efficientnet_lite0@int8', STUDY_SIZES.efficientnet_lite0?.uint8 ?? 0),
    ).toBeLessThan(0.05);
  });

  test('of YOLOv3-tiny’s depth variants are the study’s within 1 %', () => {
    for (const [name, published] of Object.entries(YOLO_SIZES))
      expect(compare(name, published), name).toBeLessThan(0.01);
    print('File sizes, MB', ['network', 'built', 'published', 'off'], rows);
  });
});

describe('operations and parameters', () => {
  test('are edgeBench’s within 3 %, or a reason says why not', () => {
    const rows: string[][] = [];
    for (const { model, name, flop, parameters, why } of EDGEBENCH) {
      const { total } = inspectFileOrName(name);
      const deviations = {
        flop: off(total.macs / 1e9, flop),
        parameters: off(total.parameters / 1e6, parameters),
      };
      rows.push([
        model,
        name,
        (total.macs / 1e9).toFixed(3),
        String(flop),
        percent(deviations.flop),
        (total.parameters / 1e6).toFixed(2),
        String(parameters),
        percent(deviations.parameters),
      ]);
      for (const key of ['flop', 'parameters'] as const)
        if (why?.[key] === undefined)
          expect(Math.abs(deviations[key]), `${model}, ${key}`).toBeLessThan(0.03);
        else
          expect(Math.abs(deviations[key]), `${model}: ${key} needs no excuse`).toBeGreaterThan(
            0.03,
          );
    }
    print(
      'edgeBench: 10^9 MACs (its FLOP) and 10^6 parameters',
      ['model', 'network', 'MACs', 'published', 'off', 'params', 'published', 'off'],
      rows,
    );
    for (const { model, why } of EDGEBENCH)
      for (const [key, reason] of Object.entries(why ?? {}))
        process.stdout.write(`  ${model}, ${key}: ${reason}\n`);
  });

  test('explain the figures of edgeBench that stand in another convention', () => {
    const macs = (name: string) => inspectFileOrName(name).total.macs / 1e9;
    expect(2 * macs('yolov3_320')).toBeCloseTo(38.97, 1);
    expect(2 * macs('yolov3_tiny')).toBeCloseTo(5.56, 1);
    expect((2 * macs('c3d') * 12) / 16).toBeCloseTo(57.99, 0);
    expect(macs('cifarnet').toFixed(2)).toBe('0.01');
  });

  test('are QuTiBench’s, at two operations for each multiply-accumulate and at every pruning', () => {
    const rows: string[][] = [];
    for (const { name, ops, elements, within, without = 0 } of QUTIBENCH) {
      const { total } = inspectFileOrName(name);
      const counted = total.parameters - without;
      rows.push([
        name,
        (total.ops / 1e6).toFixed(2),
        (ops / 1e6).toFixed(2),
        percent(off(total.ops, ops)),
        (counted / 1e6).toFixed(3),
        (elements / 1e6).toFixed(3),
        percent(off(counted, elements)),
      ]);
      expect(total.ops).toBe(2 * total.macs);
      expect(Math.abs(off(total.ops, ops)), `${name}, operations`).toBeLessThan(within);
      expect(Math.abs(off(counted, elements)), `${name}, elements`).toBeLessThan(within);
    }
    print(
      'QuTiBench: 10^6 operations and elements',
      ['network', 'ops', 'published', 'off', 'params', 'published', 'off'],
      rows,
    );
  });
});
