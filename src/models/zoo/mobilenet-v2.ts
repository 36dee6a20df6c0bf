import { LOGITS } from '../graph/network.js';
import { type Architecture, roundChannels } from './architecture.js';

/** Table 2 of the paper: expansion, channels, repetitions, stride of the first. */
const BOTTLENECKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** As published for TFLite, 1001 classes. The last convolution is never narrower than 1280. */
export const mobilenetV2: Architecture = {
  name: 'mobilenet_v2',
  source: 'Sandler et al., MobileNetV2: inverted residuals and linear bottlenecks, 2018',
  defaults: { alpha: 1, resolution: 224 },
  build(net, { alpha, resolution }) {
    const width = (channels: number) => roundChannels(channels * alpha);
    let x = net.input('input', [1, resolution, resolution, 3]);
    x = net.conv(x, width(32), 3, { stride: 2, activation: 'relu6', name: 'conv1' });
    for (const [expansion, channels, count, firstStride] of BOTTLENECKS)
      for (let i = 0; i < count; i++)
        x = net.scope('bottleneck', () => {
          const stride = i === 0 ? firstStride : 1;
          const inputs = x.shape.at(-1) as number;
          let y = x;
          if (expansion > 1)
            y = net.conv(y, inputs * expansion, 1, { activation: 'relu6', name: 'expand' });
          y = net.depthwise(y, 3, { stride, activation: 'relu6' });
          y = net.conv(y, width(channels), 1, { name: 'project' });
          return stride === 1 && inputs === width(channels) ? net.add(x, y) : y;
        });
    x = net.conv(x, Math.max(1280, width(1280)), 1, { activation: 'relu6', name: 'conv_last' });
    x = net.avgPool(x, [x.shape[1] as number, x.shape[2] as number]);
    x = net.reshape(net.conv(x, 1001, 1, LOGITS), [1, 1001]);
    return net.softmax(x);
  },
};
