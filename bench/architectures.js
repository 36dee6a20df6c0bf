import { defineSuite } from 'isochron';
import {
  floatClassifiers,
  quantizedClassifiers,
  quick,
  quickAuto,
  smallClassifiers,
  study,
} from './lib/study.js';

export default defineSuite({
  name: 'architectures',
  title: 'What 25 image classifiers cost on one core',
  description:
    'Inference time, retired instructions, cache refills and memory bandwidth of the study’s 17 float and 8 uint8 classifiers, side by side.',
  base: { ...study, jobs: 60 },
  matrix: [
    { model: floatClassifiers, precision: ['fp32'] },
    { model: quantizedClassifiers, precision: ['uint8'] },
  ],
  repetitions: 10,
  quick: {
    base: quick,
    matrix: { model: smallClassifiers, precision: ['fp32'] },
    repetitions: 2,
    auto: quickAuto,
  },
});
