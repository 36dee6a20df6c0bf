import { type Activation, LOGITS, type Network, type Size } from '../graph/network.js';

/** A convolution of an Inception branch: filters, kernel, and `2` for a stride of two without padding. */
export type Step = readonly [filters: number, kernel: Size, stride?: 2];

/** A branch: convolutions with relu one behind the other. */
export function tower(net: Network, x: Activation, ...steps: Step[]): Activation {
  for (const [filters, kernel, stride] of steps)
    x = net.conv(x, filters, kernel, {
      activation: 'relu',
      ...(stride === 2 ? { stride: 2, padding: 'VALID' } : {}),
    });
  return x;
}

/** 3×3 average of the neighbourhood, then a 1×1 convolution. */
export function averaged(net: Network, x: Activation, filters: number): Activation {
  return tower(net, net.avgPool(x, 3, { stride: 1, padding: 'SAME' }), [filters, 1]);
}

/** 3×3 maximum with a stride of two and no padding. */
export function halved(net: Network, x: Activation): Activation {
  return net.maxPool(x, 3, { stride: 2 });
}

/** Global average, dense layer, softmax over 1001 classes (0 is background). */
export function classified(net: Network, x: Activation): Activation {
  return net.softmax(net.dense(net.globalAvgPool(x), 1001, LOGITS));
}

/** The stem's first convolutions, common to Inception v3, v4 and Inception-ResNet v2. */
export function stemConvolutions(net: Network, x: Activation): Activation {
  x = net.conv(x, 32, 3, { stride: 2, padding: 'VALID', activation: 'relu', name: 'stem1' });
  x = net.conv(x, 32, 3, { padding: 'VALID', activation: 'relu', name: 'stem2' });
  return net.conv(x, 64, 3, { activation: 'relu', name: 'stem3' });
}
