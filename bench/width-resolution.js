import { defineSuite } from 'isochron';
import { quick, quickAuto, study } from './lib/study.js';

export default defineSuite({
  name: 'width-resolution',
  title: 'What narrower networks and smaller images buy',
  description:
    'The study’s future work: YOLOv3-tiny and the MobileNets over width multipliers and input resolutions.',
  base: { ...study, xnnpack: true, jobs: 60 },
  matrix: [
    {
      model: ['yolov3_tiny'],
      depth: ['00000'],
      alpha: [0.25, 0.5, 0.75, 1],
      resolution: [160, 224, 288, 352, 416],
    },
    {
      model: ['mobilenet_v1', 'mobilenet_v2'],
      alpha: [0.35, 0.5, 0.75, 1],
      resolution: [96, 128, 160, 192, 224],
    },
  ],
  repetitions: 11,
  quick: {
    base: quick,
    matrix: { model: ['mobilenet_v1'], alpha: [0.25, 0.5], resolution: [96, 128] },
    repetitions: 2,
    auto: quickAuto,
  },
});
