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
  name: 'xnnpack',
  title: 'What the XNNPACK delegate buys',
  description:
    'Every classifier without the delegate and with it, by turns, in one library: see `isochron compare RESULTS --by xnnpack`.',
  base: { ...study, jobs: 100 },
  matrix: [
    { model: floatClassifiers, precision: ['fp32'], xnnpack: [false, true] },
    { model: quantizedClassifiers, precision: ['uint8'], xnnpack: [false, true] },
  ],
  repetitions: 10,
  quick: {
    base: quick,
    matrix: { model: smallClassifiers, precision: ['fp32'], xnnpack: [false, true] },
    repetitions: 3,
    auto: quickAuto,
  },
});
