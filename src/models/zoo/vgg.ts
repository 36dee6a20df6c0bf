import { type Activation, LOGITS, type Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';

const SOURCE =
  'Simonyan & Zisserman, Very deep convolutional networks for large-scale image recognition, 2014';

/** Table 1 of the paper, configurations D and E: 3×3 convolutions of each stage, with their filters. */
const STAGES = {
  vgg16: [
    [2, 64],
    [2, 128],
    [3, 256],
    [3, 512],
    [3, 512],
  ],
  vgg19: [
    [2, 64],
    [2, 128],
    [4, 256],
    [4, 512],
    [4, 512],
  ],
} as const;

function vgg(name: keyof typeof STAGES): Architecture {
  return {
    name,
    source: SOURCE,
    defaults: { resolution: 224 },
    build(net, { resolution }) {
      let x = net.input('input', [1, resolution, resolution, 3]);
      STAGES[name].forEach(([count, filters], stage) => {
        for (let i = 0; i < count; i++)
          x = net.conv(x, filters, 3, { activation: 'relu', name: `conv${stage + 1}_${i + 1}` });
        x = net.maxPool(x, 2);
      });
      return classifier(net, net.flatten(x), 1000);
    },
  };
}

/** Two hidden layers of 4096 units, as AlexNet's. */
function classifier(net: Network, x: Activation, classes: number): Activation {
  const fc6 = net.dense(x, 4096, { activation: 'relu', name: 'fc6' });
  const fc7 = net.dense(fc6, 4096, { activation: 'relu', name: 'fc7' });
  return net.softmax(net.dense(fc7, classes, { ...LOGITS, name: 'fc8' }));
}

const VGG_S_SOURCE =
  'Chatfield et al., Return of the devil in the details: delving deep into convolutional nets, 2014 (CNN-S)';

const NORM = { radius: 2, bias: 2, alpha: 1e-4, beta: 0.75 } as const;

/**
 * CNN-S. Convolutions and pools keep their size by padding, except the last pool: that leads to the 6×6 map in front of
 * fc6 and to edgeBench's operation count (the paper pads conv2 by one pixel only).
 */
export const vggS: Architecture = {
  name: 'vgg_s',
  source: VGG_S_SOURCE,
  defaults: {},
  build(net) {
    let x = net.input('input', [1, 224, 224, 3]);
    x = net.conv(x, 96, 7, { stride: 2, activation: 'relu', name: 'conv1' });
    x = net.localResponseNorm(x, NORM);
    x = net.maxPool(x, 3, { padding: 'SAME' });
    x = net.conv(x, 256, 5, { activation: 'relu', name: 'conv2' });
    x = net.maxPool(x, 2, { padding: 'SAME' });
    for (const name of ['conv3', 'conv4', 'conv5'])
      x = net.conv(x, 512, 3, { activation: 'relu', name });
    x = net.maxPool(x, 3);
    return classifier(net, net.flatten(x), 1000);
  },
};

/** CNN-S for CIFAR-100: the first stride is 1, conv2 is padded by one pixel, and fc6 sees a 2×2 map. */
export const vggS32: Architecture = {
  name: 'vgg_s_32',
  source: VGG_S_SOURCE,
  defaults: {},
  build(net) {
    let x = net.input('input', [1, 32, 32, 3]);
    x = net.conv(x, 96, 7, { padding: 'VALID', activation: 'relu', name: 'conv1' });
    x = net.localResponseNorm(x, NORM);
    x = net.maxPool(x, 3);
    x = net.conv(net.pad(x, [1, 1]), 256, 5, {
      padding: 'VALID',
      activation: 'relu',
      name: 'conv2',
    });
    x = net.maxPool(x, 2);
    for (const name of ['conv3', 'conv4', 'conv5'])
      x = net.conv(x, 512, 3, { activation: 'relu', name });
    x = net.maxPool(x, 2, { stride: 1 });
    return classifier(net, net.flatten(x), 100);
  },
};

export const vgg16 = vgg('vgg16');
export const vgg19 = vgg('vgg19');
