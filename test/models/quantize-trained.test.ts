/** Quantization of trained networks, held against what their makers' own conversion reaches. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Agreement, measureAgreement } from 'isochron';
import { describe, expect, it as test } from 'vitest';
import { isochron, scratch } from '../cli/helpers.js';
import { engineMissing } from './engine.js';
import { cepstra, type InputMaker, photographs, writeInputs } from './trained-inputs.js';

const models = process.env.ISOCHRON_SHARED && join(process.env.ISOCHRON_SHARED, 'models');
const missing =
  (models && existsSync(models) ? null : 'ISOCHRON_SHARED names no folder with models') ??
  engineMissing();

const CALIBRATION = { seed: 1, count: 200 };
const TRIAL = { seed: 2, count: 500 };

interface Subject {
  float: string;
  official: string;
  inputs: () => InputMaker;
}

const SUBJECTS: Subject[] = [
  {
    float: 'resnet8_cifar10_fp32.tflite',
    official: 'resnet8_cifar10_int8.tflite',
    inputs: () => photographs(models as string, 32, 255),
  },
  {
    float: 'mobilenet_v1_0.25_96_vww_fp32.tflite',
    official: 'mobilenet_v1_0.25_96_vww_int8.tflite',
    inputs: () => photographs(models as string, 96, 1),
  },
  {
    float: 'ds_cnn_kws_fp32.tflite',
    official: 'ds_cnn_kws_int8.tflite',
    inputs: () => cepstra,
  },
];

const share = ({ sameTop1, samples }: Agreement) => (sameTop1 as number) / samples;
const figures = (a: Agreement) =>
  `${(100 * share(a)).toFixed(1)} % of ${a.samples} (${a.distinctTop1} classes), ${a.signalToNoiseDb?.toFixed(1)} dB`;

describe.skipIf(missing !== null)(
  `trained networks in int8${missing ? ` (${missing})` : ''}`,
  () => {
    for (const { float, official, inputs } of SUBJECTS)
      test(`${float} agrees with the float model as ${official} does, and is as small`, async () => {
        const folder = scratch();
        const [reference, theirs] = [
          join(models as string, float),
          join(models as string, official),
        ];
        const ours = join(folder, 'ours.tflite');
        const make = inputs();
        const { seed, count } = CALIBRATION;
        const calibration = writeInputs(join(folder, 'calibration'), make, seed, count);
        const made = await isochron([
          'models',
          'quantize',
          reference,
          '-o',
          ours,
          '--precision',
          'int8',
          '--calibrate',
          calibration,
        ]);
        expect(made.stderr).toBe('');
        expect(made.status).toBe(0);

        const trial = writeInputs(join(folder, 'trial'), make, TRIAL.seed, TRIAL.count);
        const [a, b, fast] = [
          await measureAgreement(reference, ours, trial),
          await measureAgreement(reference, theirs, trial),
          await measureAgreement(reference, ours, trial, { xnnpack: true }),
        ];
        const [bytes, theirBytes] = [statSync(ours).size, statSync(theirs).size];
        console.log(
          `${float}: ours ${figures(a)} (XNNPACK ${figures(fast)}), ${bytes} bytes; official ${figures(b)}, ${theirBytes} bytes`,
        );
        expect(a.samples).toBe(TRIAL.count);
        expect(a.distinctTop1).toBeGreaterThan(1);
        expect(share(a)).toBeGreaterThanOrEqual(share(b) - 0.02);
        expect(share(fast)).toBeGreaterThanOrEqual(share(b) - 0.02);
        expect(Math.abs(bytes / theirBytes - 1)).toBeLessThanOrEqual(0.1);
      });
  },
);
