import { defineSuite } from 'isochron';
import { quick, quickAuto, smallClassifiers, study } from './lib/study.js';

const { cores: _pinned, ...unpinned } = study;

export default defineSuite({
  name: 'threads',
  title: 'What further threads buy',
  description:
    'The study’s future work: one, two and four threads of the engine, free to use any core, for their number is what varies.',
  base: { ...unpinned, jobs: 60 },
  matrix: {
    model: ['mobilenet_v1', 'mobilenet_v2', 'inception_v1', 'resnet50_v2'],
    xnnpack: [false, true],
    threads: [1, 2, 4],
  },
  repetitions: 11,
  quick: {
    base: quick,
    matrix: { model: smallClassifiers, xnnpack: [true], threads: [1, 2] },
    repetitions: 2,
    auto: quickAuto,
  },
});
