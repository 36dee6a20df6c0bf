import type { Activation, Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';
import { averaged, classified, tower } from './towers.js';

/** Table 5 of the paper's appendix: 1×1, 3×3 reduce, 3×3, double 3×3 reduce, double 3×3, pool projection. */
const MODULES: readonly (readonly [string, ...number[]])[] = [
  ['3b', 64, 64, 64, 64, 96, 32],
  ['3c', 64, 64, 96, 64, 96, 64],
  ['4a', 0, 128, 160, 64, 96, 0],
  ['4b', 224, 64, 96, 96, 128, 128],
  ['4c', 192, 96, 128, 96, 128, 128],
  ['4d', 160, 128, 160, 128, 160, 96],
  ['4e', 96, 128, 192, 160, 192, 96],
  ['5a', 0, 128, 192, 192, 256, 0],
  ['5b', 352, 192, 320, 160, 224, 128],
  ['5c', 352, 192, 320, 192, 224, 128],
];

/** As published for TFLite: a separable first convolution (8 depthwise filters for each colour), 1001 classes. */
export const inceptionV2: Architecture = {
  name: 'inception_v2',
  source:
    'Ioffe & Szegedy, Batch normalization: accelerating deep network training by reducing internal covariate shift, 2015',
  defaults: { resolution: 224 },
  build(net, { resolution }) {
    let x = net.input('input', [1, resolution, resolution, 3]);
    x = net.depthwise(x, 7, { stride: 2, multiplier: 8, name: 'conv1/depthwise' });
    x = net.conv(x, 64, 1, { activation: 'relu', name: 'conv1/pointwise' });
    x = net.maxPool(x, 3, { stride: 2, padding: 'SAME' });
    x = tower(net, x, [64, 1], [192, 3]);
    x = net.maxPool(x, 3, { stride: 2, padding: 'SAME' });
    for (const [name, ...filters] of MODULES)
      x = net.scope(name, () =>
        filters[0] === 0 ? reduction(net, x, filters) : module(net, x, filters, name === '5c'),
      );
    return classified(net, x);
  },
};

function module(net: Network, x: Activation, filters: number[], maxPooled: boolean): Activation {
  const [one, reduce, three, doubleReduce, double, projection] = filters as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return net.concat([
    tower(net, x, [one, 1]),
    tower(net, x, [reduce, 1], [three, 3]),
    tower(net, x, [doubleReduce, 1], [double, 3], [double, 3]),
    maxPooled
      ? tower(net, net.maxPool(x, 3, { stride: 1, padding: 'SAME' }), [projection, 1])
      : averaged(net, x, projection),
  ]);
}

/** Halves the map: strided branches with padding, and a pool that passes through. */
function reduction(net: Network, x: Activation, filters: number[]): Activation {
  const [, reduce, three, doubleReduce, double] = filters as [
    number,
    number,
    number,
    number,
    number,
  ];
  const strided = { stride: 2, activation: 'relu' } as const;
  return net.concat([
    net.conv(tower(net, x, [reduce, 1]), three, 3, strided),
    net.conv(tower(net, x, [doubleReduce, 1], [double, 3]), double, 3, strided),
    net.maxPool(x, 3, { stride: 2, padding: 'SAME' }),
  ]);
}
