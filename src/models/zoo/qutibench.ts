import { LOGITS } from '../graph/network.js';
import type { Architecture } from './architecture.js';

const SOURCE =
  'Umuroglu et al., FINN: a framework for fast, scalable binarized neural network inference, 2016; pruned as in QuTiBench (Blott et al.)';

/** Channels of the network at 100 %; `keep` prunes all hidden layers alike. */
const CNV = [128, 256, 512] as const;

/** Six convolutions without padding in three pairs, for CIFAR-10. */
export const cnv: Architecture = {
  name: 'cnv',
  source: SOURCE,
  defaults: { keep: 100 },
  build(net, { keep }) {
    const width = (channels: number) => Math.max(Math.round((channels * keep) / 100), 1);
    let x = net.input('input', [1, 32, 32, 3]);
    CNV.forEach((filters, pair) => {
      for (let i = 0; i < 2; i++)
        x = net.conv(x, width(filters), 3, {
          padding: 'VALID',
          activation: 'relu',
          name: `conv${2 * pair + i + 1}`,
        });
      if (pair < 2) x = net.maxPool(x, 2);
    });
    x = net.flatten(x);
    for (const name of ['fc1', 'fc2']) x = net.dense(x, width(1024), { activation: 'relu', name });
    return net.softmax(net.dense(x, 10, { ...LOGITS, name: 'fc3' }));
  },
};

/** Three hidden layers for MNIST. */
export const mlp: Architecture = {
  name: 'mlp',
  source: SOURCE,
  defaults: { keep: 100 },
  build(net, { keep }) {
    let x = net.input('input', [1, 28 * 28]);
    for (const name of ['fc1', 'fc2', 'fc3'])
      x = net.dense(x, Math.max(Math.round((2048 * keep) / 100), 1), { activation: 'relu', name });
    return net.softmax(net.dense(x, 10, { ...LOGITS, name: 'fc4' }));
  },
};
