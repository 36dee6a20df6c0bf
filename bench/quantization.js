import { defineSuite } from 'isochron';
import { quantizedClassifiers, quick, quickAuto, smallClassifiers, study } from './lib/study.js';

export default defineSuite({
  name: 'quantization',
  title: 'What 8-bit weights and activations buy over floats',
  description:
    'The same network as fp32 and as uint8, by turns: see `isochron compare RESULTS --by quantization`.',
  base: { ...study, jobs: 100 },
  matrix: { model: quantizedClassifiers, precision: ['fp32', 'uint8'] },
  repetitions: 10,
  quick: {
    base: quick,
    matrix: { model: smallClassifiers, precision: ['fp32', 'uint8'] },
    repetitions: 3,
    auto: quickAuto,
  },
});
