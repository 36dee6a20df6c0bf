import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { describeReport } from '../../src/cli/models-inspect.js';
import { type Activation, Network } from '../../src/models/graph/network.js';
import { inspectFileOrName } from '../../src/models/inspect/inspect-file.js';
import { inspectModel } from '../../src/models/inspect/inspect-model.js';

const inspect = (draw: (net: Network) => Activation) => {
  const net = new Network(1);
  return inspectModel(net.finish(draw(net), 'test').model);
};

describe('cost of an operator', () => {
  test('of a convolution: output places × filters × window × input channels', () => {
    const [conv] = inspect((net) =>
      net.conv(net.input('i', [1, 9, 7, 3]), 5, [3, 2], { stride: 2 }),
    ).operators;
    expect(conv).toMatchObject({
      type: 'CONV_2D',
      macs: 5 * 4 * 5 * (3 * 2 * 3),
      ops: 2 * 5 * 4 * 5 * (3 * 2 * 3),
      parameters: 5 * 3 * 2 * 3 + 5,
      weightBytes: 4 * (5 * 3 * 2 * 3 + 5),
      activationBytes: 4 * (9 * 7 * 3 + 5 * 4 * 5),
      precision: 'fp32',
    });
    expect(conv?.opsPerByte).toBeCloseTo(3600 / (380 + 1156));
  });

  test('of the other weighted operators', () => {
    const first = (draw: (net: Network) => Activation) => {
      const { macs, parameters } = inspect(draw).operators.find((o) => o.macs > 0) ?? {};
      return [macs, parameters];
    };
    expect(
      first((n) => n.depthwise(n.input('i', [1, 6, 6, 4]), 3, { multiplier: 2, padding: 'VALID' })),
    ).toEqual([4 * 4 * 8 * 9, 8 * 9 + 8]);
    expect(first((n) => n.dense(n.input('i', [2, 10]), 4))).toEqual([2 * 10 * 4, 44]);
    expect(first((n) => n.conv3d(n.input('i', [1, 4, 5, 6, 2]), 3, 3))).toEqual([
      4 * 5 * 6 * 3 * 27 * 2,
      27 * 2 * 3 + 3,
    ]);
  });

  test('of a batch norm that stands alone: two parameters a channel, no multiply-accumulates', () => {
    const { total } = inspect((n) => n.batchNorm(n.input('i', [1, 4, 4, 6])));
    expect(total).toMatchObject({ macs: 0, parameters: 12, opsPerByte: null });
  });

  test('does not count axes and shapes as parameters', () => {
    const { total } = inspect((n) => n.flatten(n.pad(n.input('i', [1, 4, 4, 1]), [1, 1])));
    expect(total.parameters).toBe(0);
  });
});

describe('peak memory of activations', () => {
  test('is what is alive at once', () => {
    const chain = inspect((n) =>
      n.activation(n.activation(n.input('i', [1, 100]), 'relu'), 'tanh'),
    );
    expect(chain.total.peakActivationBytes).toBe(800);
    const branch = inspect((n) => {
      const x = n.input('i', [1, 10, 10, 1]);
      const y = n.activation(n.activation(x, 'relu'), 'tanh');
      return n.add(x, y); // x stays alive across both
    });
    expect(branch.total.peakActivationBytes).toBe(1200);
  });
});

describe('inspecting by name', () => {
  test('needs no file, and knows the size that the file would have', () => {
    const report = inspectFileOrName('mobilenet_v1@int8');
    expect(report.name).toBe('mobilenet_v1@int8');
    expect(report.bytes / 1e6).toBeCloseTo(4.6, 1);
    expect(report.total.precision).toBe('int8');
    expect(report.inputs[0]).toMatchObject({ type: 'int8', shape: [1, 224, 224, 3] });
  });

  test('of a name that is no network’s is wrong usage, as in a run; of a path without a file a missing file', () => {
    for (const [text, code] of [
      ['nope', 'E_USAGE'],
      ['nope.tflite', 'E_MODEL_MISSING'],
      ['./nope', 'E_MODEL_MISSING'],
    ] as const)
      expect(() => inspectFileOrName(text)).toThrow(expect.objectContaining({ code }));
  });

  test('prints a tree with every operator', () => {
    const text = describeReport(inspectFileOrName('cifarnet@uint8'));
    expect(text).toContain('9 operators: 3 FULLY_CONNECTED, 2 CONV_2D, 2 MAX_POOL_2D');
    expect(text).toContain('output  softmax  uint8[1×10]  scale 0.00390625, zero point 0');
    expect(text).toContain('conv2/weights  uint8[64×5×5×64]');
    expect(text.split('\n').at(-1)).toContain('softmax');
  });
});

const models = join(process.env.ISOCHRON_SHARED ?? '', 'models');
const shared = process.env.ISOCHRON_SHARED !== undefined && existsSync(models);
describe.skipIf(!shared)('real files (skipped without ISOCHRON_SHARED)', () => {
  const of = (name: string) => inspectFileOrName(join(models, `${name}.tflite`));

  test('have the operators, parameters and precisions that they are known for', () => {
    const mobilenet = of('mobilenet_v2_1.0_224_uint8');
    expect(mobilenet.total.precision).toBe('uint8');
    expect(mobilenet.total.macs / 1e6).toBeCloseTo(300.8, 0);
    expect(mobilenet.total.parameters / 1e6).toBeCloseTo(3.49, 1);
    expect(mobilenet.inputs[0]?.quantization).toEqual({ scale: 0.0078125, zeroPoint: 128 });
    const resnet = of('resnet8_cifar10_int8').total;
    expect(resnet.macs).toBe(of('resnet8_cifar10_fp32').total.macs);
    expect(resnet.parameters).toBe(of('resnet8_cifar10_fp32').total.parameters);
  });

  test('are MobileNet as the zoo draws it', () => {
    for (const [file, name] of [
      ['mobilenet_v2_1.0_224_uint8', 'mobilenet_v2@uint8'],
      ['mobilenet_v1_0.25_128_uint8', 'mobilenet_v1_0.25_128@uint8'],
    ] as const) {
      const [real, drawn] = [of(file), inspectFileOrName(name)];
      expect(drawn.total.macs).toBe(real.total.macs);
      expect(drawn.total.parameters).toBe(real.total.parameters);
      const convolutions = (report: typeof real) =>
        report.operators.filter((o) => o.macs > 0).map((o) => [o.type, o.macs, o.parameters]);
      expect(convolutions(drawn)).toEqual(convolutions(real));
      // Tensor names and label lists differ.
      expect(Math.abs(drawn.bytes / real.bytes - 1)).toBeLessThan(0.08);
    }
  });

  test('with a custom operator name it', () => {
    const [operator] = of('invalid_model_invoking_error').operators;
    expect(operator).toMatchObject({ type: 'fake-op-double', custom: true });
    expect(operator?.xnnpack.taken).toBe(false);
  });

  test('with int8 weights in float networks say so', () => {
    expect(of('ds_cnn_kws_fp32').total.precision).toBe('fp32 (int8 weights)');
  });
});
