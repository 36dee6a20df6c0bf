import { describe, expect, it as test } from 'vitest';
import { inspectModel } from '../../src/models/inspect/inspect-model.js';
import { encodeModel, parseModel } from '../../src/models/read-model.js';
import type { Encoded } from '../../src/models/schema/encode.js';
import { PRECISIONS } from '../../src/models/zoo/architecture.js';
import { drawModel } from '../../src/models/zoo/draw.js';
import { modelName, parseModelName, requireModelName } from '../../src/models/zoo/names.js';
import { ARCHITECTURES } from '../../src/models/zoo/networks.js';

const draw = (name: string, seed = 1) => drawModel(requireModelName(name), seed);

/** The whole file. */
function bytesOf(file: Encoded): Uint8Array {
  const bytes = new Uint8Array(file.byteLength);
  let at = 0;
  for (const chunk of file.chunks()) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

describe('names', () => {
  test('lead back to themselves, in every precision', () => {
    for (const architecture of ARCHITECTURES)
      for (const precision of architecture.precisions ?? PRECISIONS) {
        const name = precision === 'fp32' ? architecture.name : `${architecture.name}@${precision}`;
        expect(modelName(requireModelName(name))).toBe(name);
      }
  });

  test('carry the parameters that a family has', () => {
    const parameters = (name: string) => requireModelName(name).parameters;
    expect(parameters('mobilenet_v1_0.25_128')).toMatchObject({ alpha: 0.25, resolution: 128 });
    expect(parameters('mobilenet_v1_0.5')).toMatchObject({ alpha: 0.5, resolution: 224 });
    expect(parameters('yolov3_tiny_00012')).toMatchObject({ depth: '00012', alpha: 1 });
    expect(parameters('yolov3_tiny_00012_0.5_320')).toMatchObject({
      depth: '00012',
      alpha: 0.5,
      resolution: 320,
    });
    expect(parameters('yolov3_tiny_0.5_320')).toMatchObject({ depth: '00000', alpha: 0.5 });
    expect(parameters('cnv_12.5')).toMatchObject({ keep: 12.5 });
    expect(parameters('resnet50_v1_160')).toMatchObject({ resolution: 160 });
  });

  test('are shortest where parameters have their defaults', () => {
    const short = (name: string) => modelName(requireModelName(name));
    expect(short('yolov3_tiny_00000')).toBe('yolov3_tiny');
    expect(short('mobilenet_v2_1_224@uint8')).toBe('mobilenet_v2@uint8');
    expect(short('mobilenet_v2_1_160')).toBe('mobilenet_v2_1_160');
    expect(short('vgg_s_32')).toBe('vgg_s_32');
  });

  test('that are none are null, and known networks with impossible wishes are errors', () => {
    for (const name of ['', 'nonet', 'mobilenet', 'mobilenet_v1@@int8', '@int8', 'model.tflite'])
      expect(parseModelName(name), name).toBeNull();
    for (const name of ['c3d@int8', 'vgg16_0.5_224', 'yolov3_tiny_123', 'cnv_0', 'cnv_101'])
      expect(() => parseModelName(name), name).toThrow();
    expect(() => requireModelName('mobilenet_v9')).toThrow('no network named');
  });
});

describe('every network', () => {
  test.each(ARCHITECTURES.map((a) => [a.name, a] as const))(
    '%s is drawn in its precisions',
    (name, a) => {
      const float = inspectModel(draw(name)).total;
      for (const precision of a.precisions ?? PRECISIONS) {
        const report = inspectModel(draw(`${name}@${precision}`)).total;
        expect(report.macs, precision).toBe(float.macs);
        expect(report.parameters, precision).toBe(float.parameters);
        // Bytes of weights: 4, 2, or 1 (biases have 4, and small layers stay in float where only weights are packed).
        const bytes = report.weightBytes / report.parameters;
        if (precision === 'fp32') expect(bytes).toBe(4);
        else if (precision === 'fp16') expect(bytes).toBe(2);
        else if (name !== 'c3d') expect(bytes).toBeLessThan(1.15);
      }
    },
  );

  test('has its paper', () => {
    for (const { source } of ARCHITECTURES) expect(source).toMatch(/\b(19|20)\d\d\b/);
  });
});

describe('depth codes of YOLOv3-tiny', () => {
  const convolutions = (name: string) =>
    inspectModel(draw(name))
      .operators.filter((o) => o.type === 'CONV_2D')
      .map((o) => o.outputs[0]?.shape.at(-1));

  test('put copies of a convolution right behind it', () => {
    const original = convolutions('yolov3_tiny');
    expect(original.slice(0, 6)).toEqual([16, 32, 64, 128, 256, 512]);
    expect(convolutions('yolov3_tiny_12034').slice(0, 16)).toEqual([
      16, 16, 32, 32, 32, 64, 128, 128, 128, 128, 256, 256, 256, 256, 256, 512,
    ]);
    expect(convolutions('yolov3_tiny_12034')).toHaveLength(original.length + 10);
  });

  test('leave the outputs as they are; width and resolution change them only by the resolution', () => {
    const outputs = (name: string) =>
      inspectModel(draw(name)).outputs.map((o) => o.shape.join('×'));
    expect(outputs('yolov3_tiny')).toEqual(['1×13×13×255', '1×26×26×255']);
    expect(outputs('yolov3_tiny_00099_0.5')).toEqual(outputs('yolov3_tiny'));
    expect(outputs('yolov3_tiny_00000_1_320')).toEqual(['1×10×10×255', '1×20×20×255']);
  });
});

describe('built files', () => {
  test('are the same byte for byte for a seed, and read back', () => {
    for (const precision of PRECISIONS) {
      const bytes = bytesOf(encodeModel(draw(`mobilenet_v3_small_0.25_64@${precision}`)));
      const again = bytesOf(encodeModel(draw(`mobilenet_v3_small_0.25_64@${precision}`)));
      const other = bytesOf(encodeModel(draw(`mobilenet_v3_small_0.25_64@${precision}`, 2)));
      expect(Buffer.compare(bytes, again)).toBe(0);
      expect(Buffer.compare(bytes, other)).not.toBe(0);
      expect(parseModel(bytes).description).toContain('seed 1');
    }
  });

  test('hold no denormal weights', () => {
    const model = draw('efficientnet_lite0');
    for (const { type, buffer, name } of model.subgraphs[0]?.tensors ?? [])
      for (const chunk of (type === 'FLOAT32' && model.buffers[buffer]?.data?.chunks()) || []) {
        const values = new Float32Array(chunk.slice().buffer);
        const smallest = values.reduce((a, v) => (v === 0 ? a : Math.min(a, Math.abs(v))), 1);
        expect(smallest, name ?? '').toBeGreaterThan(1e-30);
      }
  });
});
