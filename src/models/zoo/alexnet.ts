import { LOGITS } from '../graph/network.js';
import type { Architecture } from './architecture.js';

/** The single-column AlexNet: no groups, no response normalization. */
export const alexnet: Architecture = {
  name: 'alexnet',
  source: 'Krizhevsky, One weird trick for parallelizing convolutional neural networks, 2014',
  defaults: {},
  build(net) {
    let x = net.input('input', [1, 224, 224, 3]);
    x = net.conv(net.pad(x, [2, 2]), 64, 11, {
      stride: 4,
      padding: 'VALID',
      activation: 'relu',
      name: 'conv1',
    });
    x = net.maxPool(x, 3, { stride: 2 });
    x = net.conv(x, 192, 5, { activation: 'relu', name: 'conv2' });
    x = net.maxPool(x, 3, { stride: 2 });
    x = net.conv(x, 384, 3, { activation: 'relu', name: 'conv3' });
    x = net.conv(x, 256, 3, { activation: 'relu', name: 'conv4' });
    x = net.conv(x, 256, 3, { activation: 'relu', name: 'conv5' });
    x = net.maxPool(x, 3, { stride: 2 });
    x = net.dense(net.flatten(x), 4096, { activation: 'relu', name: 'fc6' });
    x = net.dense(x, 4096, { activation: 'relu', name: 'fc7' });
    return net.softmax(net.dense(x, 1000, { ...LOGITS, name: 'fc8' }));
  },
};

/** The small network that edgeBench calls CifarNet: two convolutions without padding, three dense layers. */
export const cifarnet: Architecture = {
  name: 'cifarnet',
  source:
    'Hosang et al., Taking a deeper look at pedestrians, 2015, as in edgeBench (Hadidi et al., IISWC 2019)',
  defaults: {},
  build(net) {
    let x = net.input('input', [1, 32, 32, 3]);
    for (const name of ['conv1', 'conv2'])
      x = net.maxPool(net.conv(x, 64, 5, { padding: 'VALID', activation: 'relu', name }), 2);
    x = net.dense(net.flatten(x), 384, { activation: 'relu', name: 'fc3' });
    x = net.dense(x, 192, { activation: 'relu', name: 'fc4' });
    return net.softmax(net.dense(x, 10, { ...LOGITS, name: 'fc5' }));
  },
};
