import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { Network } from '../../src/models/graph/network.js';
import { randomWeights } from '../../src/models/graph/random-integers.js';
import { halfBits, halfValue } from '../../src/models/quantize/float16.js';
import { floatOnlyOperators, toInteger } from '../../src/models/quantize/integer.js';
import { affineParameters } from '../../src/models/quantize/parameters.js';
import { unpackWeights } from '../../src/models/quantize/unpack.js';
import { toDynamicRange, toFloat16 } from '../../src/models/quantize/weight-only.js';
import {
  channelRanges,
  halfBlob,
  quantizedBlob,
  totalRange,
} from '../../src/models/quantize/weights.js';
import { blobBytes, CHUNK_BYTES, littleEndian } from '../../src/models/schema/blob.js';
import type { Model, Tensor } from '../../src/models/schema/tables.js';
import { describeModel } from '../../src/models/verify.js';

describe('half precision', () => {
  test('keeps every one of its own values', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfValue(bits);
      if (Number.isNaN(value)) expect(halfBits(value) & 0x7e00).toBe(0x7e00);
      else expect(halfBits(value)).toBe(bits);
    }
  });

  test('rounds to the nearest of them, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -65504, max: 65504 }), (value) => {
        const bits = halfBits(value);
        const distance = Math.abs(halfValue(bits) - value);
        for (const other of [bits - 1, bits + 1]) {
          const neighbour = halfValue(other & 0xffff);
          if (!Number.isFinite(neighbour)) continue;
          expect(distance).toBeLessThanOrEqual(Math.abs(neighbour - value));
          if (distance === Math.abs(neighbour - value) && neighbour !== halfValue(bits))
            expect(bits & 1).toBe(0);
        }
      }),
    );
    expect(halfBits(65520)).toBe(0x7c00);
    expect(halfBits(65519.99)).toBe(0x7bff);
    expect(halfBits(2 ** -25)).toBe(0);
    expect(halfBits(2 ** -24)).toBe(1);
  });
});

describe('weights in 8 bits', () => {
  const layouts = fc.record({
    channels: fc.integer({ min: 1, max: 6 }),
    inner: fc.integer({ min: 1, max: 5 }),
    outer: fc.integer({ min: 1, max: 3 }),
  });

  test('are each nearest to the float value, channel by channel', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), ({ channels, inner, outer }, seed) => {
        const layout = { channels, inner };
        const weights = randomWeights(seed, 'w', channels * inner * outer, 1, layout);
        const values = new Float32Array(blobBytes(weights).buffer);
        const { min, max } = channelRanges(littleEndian(values), layout);
        const scales = Array.from(min, (low, c) => Math.max(-low, max[c] ?? 0, 1e-6) / 127);
        const quantized = new Int8Array(
          blobBytes(quantizedBlob(weights, layout, scales, 0, -127, 127)).buffer,
        );
        values.forEach((value, i) => {
          const scale = scales[Math.floor(i / inner) % channels] ?? Number.NaN;
          expect(Math.abs(scale * (quantized[i] ?? 0) - value)).toBeLessThanOrEqual(scale * 0.501);
        });
      }),
    );
  });

  test('know the ranges of synthetic weights without generating them', () => {
    const layout = { channels: 3, inner: 2000 };
    const weights = randomWeights(3, 'w', 3 * 2000, 1, layout);
    const known = channelRanges(weights, layout);
    const read = channelRanges(littleEndian(new Float32Array(blobBytes(weights).buffer)), layout);
    known.max.forEach((limit, c) => {
      expect(read.max[c]).toBeLessThanOrEqual(limit);
      expect(read.max[c]).toBeGreaterThan(0.95 * limit);
      expect(read.min[c]).toBeGreaterThanOrEqual(-limit);
    });
    expect(totalRange(read)[1]).toBe(Math.max(...read.max));
  });

  test('go on across the chunks of a large tensor', () => {
    const count = CHUNK_BYTES / 4 + 1001;
    const layout = { channels: 7, inner: 3 };
    const values = Float32Array.from({ length: count }, (_, i) => Math.floor(i / 3) % 7);
    const quantized = blobBytes(
      quantizedBlob(littleEndian(values), layout, [1, 1, 1, 1, 1, 1, 1], 0, -127, 127),
    );
    expect(quantized.every((q, i) => q === values[i])).toBe(true);
    expect(blobBytes(halfBlob(littleEndian(values))).byteLength).toBe(2 * count);
  });
});

describe('scale and zero point', () => {
  test('hold the range and represent zero exactly', () => {
    const bound = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(bound, bound, fc.constantFrom('INT8', 'UINT8'), (a, b, type) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        const { scale, zeroPoint } = affineParameters([min, max], type);
        const lowest = type === 'INT8' ? -128 : 0;
        expect(scale).toBeGreaterThan(0);
        expect(Number.isInteger(zeroPoint)).toBe(true);
        expect(zeroPoint).toBeGreaterThanOrEqual(lowest);
        expect(zeroPoint).toBeLessThanOrEqual(lowest + 255);
        expect(scale * (lowest - zeroPoint)).toBeLessThanOrEqual(Math.min(min, 0) + 0.51 * scale);
        expect(scale * (lowest + 255 - zeroPoint)).toBeGreaterThanOrEqual(
          Math.max(max, 0) - 0.51 * scale,
        );
      }),
    );
  });
});

function sample(): { model: Model; ranges: Map<number, [number, number]> } {
  const net = new Network(5);
  let x = net.input('image', [1, 8, 8, 3]);
  x = net.conv(x, 40, 3, { activation: 'relu6' });
  const pooled = net.maxPool(x, 2);
  const lower = net.conv(pooled, 40, 3, { activation: { leakyRelu: 0.1 } });
  x = net.concat([pooled, lower]);
  x = net.batchNorm(x, { activation: 'relu' });
  const gate = net.activation(net.globalAvgPool(x, { keepDims: true }), 'logistic');
  x = net.mul(x, gate);
  x = net.dense(net.flatten(x), 10, { name: 'logits' });
  const { model, moments } = net.finish(net.softmax(x), 'sample');
  return { model, ranges: new Map([...moments].map(([t, m]) => [t, [m.min, m.max]])) };
}

const graphOf = (model: Model) => model.subgraphs[0] as Model['subgraphs'][0];
const tensorNamed = (model: Model, name: string) =>
  graphOf(model).tensors.find((t) => t.name === name) as Tensor;
const names = (model: Model) => describeModel(model).operators.map((o) => o.name);

describe('a model in integers', () => {
  const { model, ranges } = sample();

  test('has int8 weights for each channel, int32 biases that fit them, and no float left', () => {
    const quantized = toInteger(model, { precision: 'int8', ranges });
    const types = graphOf(quantized).tensors.map((t) => t.type);
    expect(types).not.toContain('FLOAT32');
    const weights = tensorNamed(quantized, 'conv/weights');
    expect(weights.type).toBe('INT8');
    expect(weights.quantization?.scale).toHaveLength(40);
    expect(weights.quantization?.quantizedDimension).toBe(0);
    const bias = tensorNamed(quantized, 'conv/bias');
    const input = tensorNamed(quantized, 'image').quantization?.scale[0] ?? Number.NaN;
    bias.quantization?.scale.forEach((scale, c) => {
      expect(scale).toBeCloseTo(input * (weights.quantization?.scale[c] ?? Number.NaN), 12);
    });
    expect(tensorNamed(quantized, 'logits/weights').quantization?.scale).toHaveLength(1);
  });

  test('has the same scale on both sides of operators that only move values', () => {
    const quantized = toInteger(model, { precision: 'int8', ranges });
    const graph = graphOf(quantized);
    const kinds = names(quantized);
    graph.operators.forEach((operator, i) => {
      if (!['MAX_POOL_2D', 'CONCATENATION', 'RESHAPE'].includes(kinds[i] ?? '')) return;
      const output = graph.tensors[operator.outputs[0] ?? 0]?.quantization;
      for (const input of operator.inputs) {
        const tensor = graph.tensors[input];
        if (tensor?.type === 'INT8') expect(tensor.quantization?.scale).toEqual(output?.scale);
      }
    });
    expect(kinds).not.toContain('QUANTIZE');
  });

  test('fixes the scales that kernels fix', () => {
    for (const [precision, zeroPoint] of [
      ['int8', -128],
      ['uint8', 0],
    ] as const) {
      const quantized = toInteger(model, { precision, ranges });
      const { quantization } = tensorNamed(quantized, 'softmax');
      expect(quantization?.scale).toEqual([1 / 256]);
      expect(quantization?.zeroPoint).toEqual([zeroPoint]);
    }
  });

  test('may keep float inputs and outputs', () => {
    const quantized = toInteger(model, { precision: 'int8', ranges, io: 'float' });
    const facts = describeModel(quantized);
    expect(facts.inputs[0]).toMatchObject({ name: 'image', type: 'float32' });
    expect(facts.outputs[0]).toMatchObject({ type: 'float32' });
    expect(names(quantized)[0]).toBe('QUANTIZE');
    expect(names(quantized).at(-1)).toBe('DEQUANTIZE');
  });

  test('names an operator that has no integer form, or leaves it in float when asked to', () => {
    const net = new Network(1);
    const x = net.input('image', [1, 4, 4, 8]);
    const normed = net.localResponseNorm(net.conv(x, 8, 1), {
      radius: 2,
      bias: 1,
      alpha: 1e-4,
      beta: 0.75,
    });
    const built = net.finish(net.conv(normed, 4, 1), 'lrn');
    const options = {
      precision: 'int8',
      ranges: new Map([...built.moments].map(([t, m]) => [t, [m.min, m.max] as const])),
    } as const;
    expect(() => toInteger(built.model, options)).toThrow('LOCAL_RESPONSE_NORMALIZATION');
    expect(floatOnlyOperators(built.model)).toEqual(['LOCAL_RESPONSE_NORMALIZATION']);
    expect(names(toInteger(built.model, { ...options, floatFallback: true }))).toEqual([
      'CONV_2D',
      'DEQUANTIZE',
      'LOCAL_RESPONSE_NORMALIZATION',
      'QUANTIZE',
      'CONV_2D',
    ]);
  });

  test('asks for the range that it lacks, by the tensor’s name', () => {
    const without = new Map(ranges);
    without.delete(graphOf(model).inputs[0] ?? 0);
    expect(() => toInteger(model, { precision: 'int8', ranges: without })).toThrow(
      expect.objectContaining({
        code: 'E_RANGE_MISSING',
        message: expect.stringContaining('image'),
      }),
    );
  });

  test('leaves the original as it was', () => {
    const before = JSON.stringify(graphOf(model));
    toInteger(model, { precision: 'uint8', ranges });
    toFloat16(model);
    toDynamicRange(model);
    expect(JSON.stringify(graphOf(model))).toBe(before);
  });
});

describe('smaller weights', () => {
  const { model } = sample();

  test('are unpacked to what they stand for', () => {
    const valuesOf = (m: Model, name: string) => {
      const data = m.buffers[tensorNamed(m, name).buffer]?.data;
      return new Float32Array((data ? blobBytes(data) : new Uint8Array()).buffer);
    };
    const original = valuesOf(model, 'conv/weights');
    const half = unpackWeights(toFloat16(model));
    expect(names(half)).toEqual(names(model));
    valuesOf(half, 'conv/weights/fp16').forEach((value, i) => {
      expect(value).toBe(halfValue(halfBits(original[i] ?? Number.NaN)));
    });
    const dynamic = unpackWeights(toDynamicRange(model));
    expect(names(dynamic)).toEqual(names(model));
    const { scale } = tensorNamed(toDynamicRange(model), 'conv/weights').quantization ?? {};
    valuesOf(dynamic, 'conv/weights').forEach((value, i) => {
      const step = scale?.[Math.floor(i / 27)] ?? Number.NaN;
      expect(Math.abs(value - (original[i] ?? Number.NaN))).toBeLessThanOrEqual(0.501 * step);
    });
    expect(graphOf(dynamic).tensors.map((t) => t.type)).not.toContain('INT8');
  });

  test('in half precision are unpacked in front of their operators', () => {
    const half = toFloat16(model);
    expect(names(half).filter((n) => n === 'DEQUANTIZE')).toHaveLength(
      graphOf(model).tensors.filter((t) => t.type === 'FLOAT32' && t.buffer > 0).length,
    );
    expect(describeModel(half).inputs[0]?.type).toBe('float32');
  });

  test('in dynamic range are packed where there are at least 1024', () => {
    const dynamic = toDynamicRange(model);
    expect(tensorNamed(dynamic, 'conv/weights').type).toBe('INT8'); // 40·3·3·3 = 1080
    expect(tensorNamed(dynamic, 'conv/bias').type).toBe('FLOAT32');
    expect(names(dynamic)).toEqual(names(model));
    const net = new Network(1);
    const small = net.finish(net.conv(net.input('i', [1, 4, 4, 3]), 4, 3), 'small').model;
    expect(tensorNamed(toDynamicRange(small), 'conv/weights').type).toBe('FLOAT32');
  });
});
