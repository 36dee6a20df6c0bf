import { defineSuite } from 'isochron';
import { quick, quickAuto, smallClassifiers, study } from './lib/study.js';

const { cores: _pinned, ...unpinned } = study;

export default defineSuite({
  name: 'combined',
  title: 'Whether gains add up: precision × XNNPACK × threads',
  description:
    'The study’s future work: every combination of float, half float and int8, without and with XNNPACK, on one, two and four threads.',
  base: { ...unpinned, jobs: 50 },
  matrix: {
    model: ['mobilenet_v1', 'mobilenet_v2', 'inception_v1', 'efficientnet_lite0'],
    precision: ['fp32', 'fp16', 'int8'],
    xnnpack: [false, true],
    threads: [1, 2, 4],
  },
  repetitions: 13,
  quick: {
    base: quick,
    matrix: {
      model: smallClassifiers.slice(0, 1),
      precision: ['fp32', 'fp16', 'int8'],
      xnnpack: [false, true],
      threads: [1, 2],
    },
    repetitions: 2,
    auto: quickAuto,
  },
});
