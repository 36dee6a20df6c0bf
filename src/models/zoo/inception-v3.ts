import type { Activation, Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';
import { averaged, classified, halved, stemConvolutions, tower } from './towers.js';

/** Table 1 of the paper, with the factorized modules of its figures 5 to 7 as the published model has them. */
export const inceptionV3: Architecture = {
  name: 'inception_v3',
  source: 'Szegedy et al., Rethinking the Inception architecture for computer vision, 2015',
  defaults: { resolution: 299 },
  build(net, { resolution }) {
    let x = net.input('input', [1, resolution, resolution, 3]);
    x = halved(net, stemConvolutions(net, x));
    x = tower(net, x, [80, 1]);
    x = net.conv(x, 192, 3, { padding: 'VALID', activation: 'relu' });
    x = halved(net, x);
    for (const projection of [32, 64, 64])
      x = net.scope('module_a', () => moduleA(net, x, projection));
    x = net.scope('reduction_a', () => reductionA(net, x));
    for (const inner of [128, 160, 160, 192])
      x = net.scope('module_b', () => moduleB(net, x, inner));
    x = net.scope('reduction_b', () => reductionB(net, x));
    for (let i = 0; i < 2; i++) x = net.scope('module_c', () => moduleC(net, x));
    return classified(net, x);
  },
};

const moduleA = (net: Network, x: Activation, projection: number) =>
  net.concat([
    tower(net, x, [64, 1]),
    tower(net, x, [48, 1], [64, 5]),
    tower(net, x, [64, 1], [96, 3], [96, 3]),
    averaged(net, x, projection),
  ]);

const reductionA = (net: Network, x: Activation) =>
  net.concat([
    tower(net, x, [384, 3, 2]),
    tower(net, x, [64, 1], [96, 3], [96, 3, 2]),
    halved(net, x),
  ]);

/** 7×7 convolutions as 1×7 and 7×1. */
const moduleB = (net: Network, x: Activation, inner: number) =>
  net.concat([
    tower(net, x, [192, 1]),
    tower(net, x, [inner, 1], [inner, [1, 7]], [192, [7, 1]]),
    tower(net, x, [inner, 1], [inner, [7, 1]], [inner, [1, 7]], [inner, [7, 1]], [192, [1, 7]]),
    averaged(net, x, 192),
  ]);

const reductionB = (net: Network, x: Activation) =>
  net.concat([
    tower(net, x, [192, 1], [320, 3, 2]),
    tower(net, x, [192, 1], [192, [1, 7]], [192, [7, 1]], [192, 3, 2]),
    halved(net, x),
  ]);

/** The widest module: 3×3 convolutions as 1×3 and 3×1 side by side. */
function moduleC(net: Network, x: Activation): Activation {
  const wide = (y: Activation) =>
    net.concat([tower(net, y, [384, [1, 3]]), tower(net, y, [384, [3, 1]])]);
  return net.concat([
    tower(net, x, [320, 1]),
    wide(tower(net, x, [384, 1])),
    wide(tower(net, x, [448, 1], [384, 3])),
    averaged(net, x, 192),
  ]);
}
