import { type Activation, LOGITS, type Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';

/** Table 1 of the paper, after the first convolution: filters and stride of each depthwise separable convolution. */
const SEPARABLE = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/** The convolutional part: the output of conv0 and of each separable convolution. */
export function mobilenetV1Features(net: Network, alpha: number, resolution: number): Activation[] {
  const width = (filters: number) => Math.max(Math.floor(filters * alpha), 8);
  let x = net.input('input', [1, resolution, resolution, 3]);
  x = net.conv(x, width(32), 3, { stride: 2, activation: 'relu6', name: 'conv0' });
  const outputs = [x];
  SEPARABLE.forEach(([filters, stride], i) => {
    x = net.depthwise(x, 3, { stride, activation: 'relu6', name: `conv${i + 1}/depthwise` });
    x = net.conv(x, width(filters), 1, { activation: 'relu6', name: `conv${i + 1}/pointwise` });
    outputs.push(x);
  });
  return outputs;
}

/** As published for TFLite: relu6, 1001 classes (0 is background), logits by a 1×1 convolution. */
export const mobilenetV1: Architecture = {
  name: 'mobilenet_v1',
  source:
    'Howard et al., MobileNets: efficient convolutional neural networks for mobile vision applications, 2017',
  defaults: { alpha: 1, resolution: 224 },
  build(net, { alpha, resolution }) {
    let x = mobilenetV1Features(net, alpha, resolution).at(-1) as Activation;
    x = net.avgPool(x, [x.shape[1] as number, x.shape[2] as number]);
    x = net.conv(x, 1001, 1, LOGITS);
    x = net.reshape(x, [1, 1001]);
    return net.softmax(x, { name: 'predictions' });
  },
};
