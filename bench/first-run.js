import { defineSuite, firstRunTreatments } from 'isochron';
import { quick, quickAuto, study } from './lib/study.js';

export default defineSuite({
  name: 'first-run',
  title: 'Why the first inference is slower, and what removes it',
  description:
    'A fresh process for every run: as after a reboot, with files in memory, prefaulted, locked, warmed up, and all of it. `isochron first-run MODEL` runs the same for one network and explains it.',
  base: { ...study, jobs: 20 },
  matrix: {
    model: ['mobilenet_v1', 'mobilenet_v2', 'inception_v1', 'resnet50_v2', 'efficientnet_lite0'],
    xnnpack: [false, true],
    treatment: firstRunTreatments,
  },
  repetitions: 11,
  quick: {
    base: quick,
    matrix: {
      model: ['mobilenet_v1_0.25_128'],
      xnnpack: [false, true],
      treatment: firstRunTreatments,
    },
    repetitions: 3,
    auto: quickAuto,
  },
});
