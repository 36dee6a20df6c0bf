import { defineSuite } from 'isochron';
import { quick, quickAuto, smallClassifiers, study } from './lib/study.js';

export default defineSuite({
  name: 'distribution',
  title: 'How inference times are distributed, and how far out the worst lies',
  description:
    'Thousands of jobs of a few networks, float and uint8, without and with XNNPACK: minimum, median, p99 and maximum mean something here.',
  base: { ...study, jobs: 5000 },
  matrix: {
    model: ['mobilenet_v1', 'mobilenet_v2', 'inception_v1', 'efficientnet_lite0'],
    precision: ['fp32', 'uint8'],
    xnnpack: [false, true],
  },
  quick: {
    base: { ...quick, jobs: 400 },
    matrix: { model: smallClassifiers, xnnpack: [false, true] },
    auto: quickAuto,
  },
});
