/**
 * What the ready suites share: the conditions of the published study (one thread, alone on one core of four, SCHED_FIFO,
 * the seven counters of a Cortex-A53), and its networks.
 */

/** A job's conditions. Core 0 is left to everything else; the period leaves room, so that no release is skipped. */
export const study = {
  cores: 1,
  fifo: 90,
  events: 'bandwidth',
  period: 'auto',
  jobs: 200,
};

/*
 * A comparison's unit is the process, so a suite that compares has many repetitions of few jobs rather than few of many: of
 * m comparisons in a table, n pairs can show a difference at 5 % where 2 / 2^n <= 0.05 / m. Eight take 9, 25 take 10, the
 * 132 of `combined` 13. --quick is a trial of the way and shows nothing.
 */

/** For two minutes on any machine: the fewest jobs that make a verdict VALID, and a machine without real-time rights only gets the verdict for it. */
export const quick = { jobs: 40, warmup: 2, bestEffort: true };
export const quickAuto = { factor: 1.5, jobs: 10 };

/** The classifiers of the study, family by family. */
export const floatClassifiers = [
  'vgg16',
  'vgg19',
  'inception_v1',
  'inception_v2',
  'inception_v3',
  'inception_v4',
  'inception_resnet_v2',
  'resnet50_v1',
  'resnet101_v1',
  'resnet152_v1',
  'resnet50_v2',
  'resnet101_v2',
  'resnet152_v2',
  'mobilenet_v1',
  'mobilenet_v2',
  'mobilenet_v3_large',
  'efficientnet_lite0',
];

/** Those that it also ran as uint8: with the above, 25 models. */
export const quantizedClassifiers = [
  'inception_v1',
  'inception_v2',
  'inception_v3',
  'inception_v4',
  'mobilenet_v1',
  'mobilenet_v2',
  'mobilenet_v3_large',
  'efficientnet_lite0',
];

/** Small enough for --quick: tens of milliseconds at most. */
export const smallClassifiers = ['mobilenet_v1_0.25_128', 'mobilenet_v2_0.35_96'];
