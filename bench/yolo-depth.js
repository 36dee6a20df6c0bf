import { defineSuite } from 'isochron';
import { quick, quickAuto, study } from './lib/study.js';

/**
 * Depth codes: digit i says how often Conv. Layer i stands there in addition. Every code with at most three additional
 * layers: 56, the plain 00000 among them.
 */
const codes = [];
for (let code = 0; code < 4 ** 5; code++) {
  const digits = code.toString(4).padStart(5, '0');
  const extra = [...digits].reduce((sum, digit) => sum + Number(digit), 0);
  if (extra <= 3) codes.push(digits);
}

export default defineSuite({
  name: 'yolo-depth',
  title: 'Which depth variant of YOLOv3-tiny is the best compromise',
  description:
    'The 56 depth variants and the unmodified network. 00000 is the unmodified one under another name: what lies between the two is chance.',
  base: { ...study, xnnpack: true, jobs: 50 },
  matrix: { model: ['yolov3_tiny'], depth: codes },
  include: [{ model: 'yolov3_tiny', name: 'yolov3_tiny unmodified' }],
  repetitions: 12,
  quick: {
    base: quick,
    matrix: {
      model: ['yolov3_tiny'],
      depth: ['00000', '00001', '30000'],
      resolution: [96],
      alpha: [1],
    },
    repetitions: 2,
    auto: quickAuto,
  },
});
