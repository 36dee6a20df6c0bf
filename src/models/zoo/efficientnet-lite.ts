import { LOGITS } from '../graph/network.js';
import { type Architecture, roundChannels } from './architecture.js';

/** Table 1 of the paper: repetitions, kernel, stride, expansion, channels. */
const STAGES = [
  [1, 3, 1, 1, 16],
  [2, 3, 2, 6, 24],
  [2, 5, 2, 6, 40],
  [3, 3, 2, 6, 80],
  [3, 5, 1, 6, 112],
  [4, 5, 2, 6, 192],
  [1, 3, 1, 6, 320],
] as const;

/**
 * EfficientNet without squeeze-and-excite, with relu6; the stem, the head and the depth of the first and the last
 * stage are not scaled.
 */
function efficientnetLite(
  version: number,
  width: number,
  depth: number,
  resolution: number,
): Architecture {
  return {
    name: `efficientnet_lite${version}`,
    source:
      'Tan & Le, EfficientNet: rethinking model scaling for convolutional neural networks, 2019; Liu, Higher accuracy on vision models with EfficientNet-Lite, 2020',
    defaults: { resolution },
    build(net, parameters) {
      let x = net.input('input', [1, parameters.resolution, parameters.resolution, 3]);
      x = net.conv(x, 32, 3, { stride: 2, activation: 'relu6', name: 'stem' });
      STAGES.forEach(([count, kernel, firstStride, expansion, channels], stage) => {
        const outputs = roundChannels(channels * width);
        const ends = stage === 0 || stage === STAGES.length - 1;
        for (let i = 0; i < (ends ? count : Math.ceil(count * depth)); i++)
          x = net.scope(`stage${stage + 1}`, () => {
            const stride = i === 0 ? firstStride : 1;
            const inputs = x.shape.at(-1) as number;
            let y = x;
            if (expansion > 1)
              y = net.conv(y, inputs * expansion, 1, { activation: 'relu6', name: 'expand' });
            y = net.depthwise(y, kernel, { stride, activation: 'relu6' });
            y = net.conv(y, outputs, 1, { name: 'project' });
            return stride === 1 && inputs === outputs ? net.add(x, y) : y;
          });
      });
      x = net.conv(x, 1280, 1, { activation: 'relu6', name: 'head' });
      return net.softmax(net.dense(net.globalAvgPool(x), 1000, LOGITS));
    },
  };
}

export const efficientnetsLite = [
  efficientnetLite(0, 1.0, 1.0, 224),
  efficientnetLite(1, 1.0, 1.1, 240),
  efficientnetLite(2, 1.1, 1.2, 260),
  efficientnetLite(3, 1.2, 1.4, 280),
  efficientnetLite(4, 1.4, 1.8, 300),
];
