import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outputsJson, writeOutputsJson } from '../../src/formats/outputs-json.js';
import { scratch } from '../cli/helpers.js';

test('outputs.json is valid for odd names', () => {
  const text = outputsJson([
    {
      name: 'a"b\\c\n\x01',
      type: 'uint8',
      shape: [1, 1001],
      bytes: 1001,
      quantization: { scale: 0.00390625, zeroPoint: 128 },
    },
    // the last four are what the addon makes of bytes that are no UTF-8
    {
      name: 'café \ufffd\ufffd\ufffd\ufffd',
      type: 'float32',
      shape: [],
      bytes: 4,
      quantization: null,
    },
  ]);
  expect(text).toBe(
    '{\n  "outputs": [\n' +
      '    {"file": "output0.raw", "name": "a\\"b\\\\c\\u000a\\u0001", "type": "uint8", "shape": [1, 1001], ' +
      '"bytes": 1001, "quantization": {"scale": 0.00390625, "zeroPoint": 128}},\n' +
      '    {"file": "output1.raw", "name": "café \\ufffd\\ufffd\\ufffd\\ufffd", "type": "float32", ' +
      '"shape": [], "bytes": 4, "quantization": null}\n  ]\n}\n',
  );
  expect(JSON.parse(text).outputs[0].name).toBe('a"b\\c\n\x01');
  expect(outputsJson([])).toBe('{\n  "outputs": []\n}\n');
});

test.each([
  [Math.fround(0.1), '0.100000001'],
  [2 ** -14, '6.10351562e-05'], // half way between two results of nine digits
  [Math.fround(1e-5), '9.99999975e-06'],
  [Math.fround(3.4e38), '3.39999995e+38'],
  [Number.NaN, 'null'],
  [Number.POSITIVE_INFINITY, 'null'],
])('a scale of %f has nine significant digits, as C prints them: %s', (scale, digits) => {
  const output = { name: '', type: 'int8', shape: [], bytes: 1 };
  const text = outputsJson([{ ...output, quantization: { scale, zeroPoint: -1 } }]);
  expect(text).toContain(`"quantization": {"scale": ${digits}, "zeroPoint": -1}`);
});

test('it is written into the file that stands there; what the system refuses is an error with its reason', async () => {
  const folder = scratch();
  const path = join(folder, 'outputs.json');
  writeFileSync(path, 'longer than what follows'.repeat(9));
  await writeOutputsJson(folder, []);
  expect(readFileSync(path, 'utf8')).toBe(outputsJson([]));
  mkdirSync(join(folder, 'b', 'outputs.json'), { recursive: true });
  await expect(writeOutputsJson(join(folder, 'b'), [])).rejects.toMatchObject({
    code: 'E_OUTPUT_WRITE',
    message: `The output file ${join(folder, 'b', 'outputs.json')} can't be written: it is a folder.`,
    hint: 'Choose another folder for --dump-output.',
  });
});
