import type { Activation, Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';
import { averaged, classified, halved, stemConvolutions, tower } from './towers.js';

const SOURCE =
  'Szegedy et al., Inception-v4, Inception-ResNet and the impact of residual connections on learning, 2016';

export const inceptionV4: Architecture = {
  name: 'inception_v4',
  source: SOURCE,
  defaults: { resolution: 299 },
  build(net, { resolution }) {
    let x = stem(net, net.input('input', [1, resolution, resolution, 3]));
    const repeat = (name: string, count: number, module: typeof moduleA) => {
      for (let i = 0; i < count; i++) x = net.scope(name, () => module(net, x));
    };
    repeat('inception_a', 4, moduleA);
    x = net.scope('reduction_a', () => reductionA(net, x, [192, 224, 256, 384]));
    repeat('inception_b', 7, moduleB);
    x = net.scope('reduction_b', () => reductionB(net, x));
    repeat('inception_c', 3, moduleC);
    return classified(net, x);
  },
};

/**
 * Figures 15 to 19 with 5, 10 and 5 residual modules. The figures' 1154 and 2048 channels of the linear convolutions
 * do not fit the sums that they enter; these have 1152 and 2144.
 */
export const inceptionResnetV2: Architecture = {
  name: 'inception_resnet_v2',
  source: SOURCE,
  defaults: { resolution: 299 },
  build(net, { resolution }) {
    let x = stem(net, net.input('input', [1, resolution, resolution, 3]));
    const repeat = (name: string, count: number, branches: typeof residualA) => {
      for (let i = 0; i < count; i++)
        x = net.scope(name, () => {
          const mixed = net.concat(branches(net, x));
          const linear = net.conv(mixed, x.shape.at(-1) as number, 1, { name: 'linear' });
          return net.add(linear, x, { activation: 'relu' });
        });
    };
    repeat('residual_a', 5, residualA);
    x = net.scope('reduction_a', () => reductionA(net, x, [256, 256, 384, 384]));
    repeat('residual_b', 10, residualB);
    x = net.scope('reduction_b', () => residualReductionB(net, x));
    repeat('residual_c', 5, residualC);
    return classified(net, x);
  },
};

/** Figure 3. */
function stem(net: Network, input: Activation): Activation {
  let x = stemConvolutions(net, input);
  x = net.concat([halved(net, x), tower(net, x, [96, 3, 2])]);
  const valid = { padding: 'VALID', activation: 'relu' } as const;
  x = net.concat([
    net.conv(tower(net, x, [64, 1]), 96, 3, valid),
    net.conv(tower(net, x, [64, 1], [64, [7, 1]], [64, [1, 7]]), 96, 3, valid),
  ]);
  return net.concat([tower(net, x, [192, 3, 2]), halved(net, x)]);
}

/** Figure 4. */
const moduleA = (net: Network, x: Activation) =>
  net.concat([
    tower(net, x, [96, 1]),
    tower(net, x, [64, 1], [96, 3]),
    tower(net, x, [64, 1], [96, 3], [96, 3]),
    averaged(net, x, 96),
  ]);

/** Figure 5. */
const moduleB = (net: Network, x: Activation) =>
  net.concat([
    tower(net, x, [384, 1]),
    tower(net, x, [192, 1], [224, [1, 7]], [256, [7, 1]]),
    tower(net, x, [192, 1], [192, [7, 1]], [224, [1, 7]], [224, [7, 1]], [256, [1, 7]]),
    averaged(net, x, 128),
  ]);

/** Figure 6. */
function moduleC(net: Network, x: Activation): Activation {
  const wide = (y: Activation) =>
    net.concat([tower(net, y, [256, [1, 3]]), tower(net, y, [256, [3, 1]])]);
  return net.concat([
    tower(net, x, [256, 1]),
    wide(tower(net, x, [384, 1])),
    wide(tower(net, x, [384, 1], [448, [3, 1]], [512, [1, 3]])),
    averaged(net, x, 256),
  ]);
}

/** Figure 7, with k, l, m, n of table 1. */
const reductionA = (net: Network, x: Activation, [k, l, m, n]: [number, number, number, number]) =>
  net.concat([tower(net, x, [n, 3, 2]), tower(net, x, [k, 1], [l, 3], [m, 3, 2]), halved(net, x)]);

/** Figure 8. */
const reductionB = (net: Network, x: Activation) =>
  net.concat([
    tower(net, x, [192, 1], [192, 3, 2]),
    tower(net, x, [256, 1], [256, [1, 7]], [320, [7, 1]], [320, 3, 2]),
    halved(net, x),
  ]);

/** Figure 16. */
const residualA = (net: Network, x: Activation) => [
  tower(net, x, [32, 1]),
  tower(net, x, [32, 1], [32, 3]),
  tower(net, x, [32, 1], [48, 3], [64, 3]),
];

/** Figure 17. */
const residualB = (net: Network, x: Activation) => [
  tower(net, x, [192, 1]),
  tower(net, x, [128, 1], [160, [1, 7]], [192, [7, 1]]),
];

/** Figure 19. */
const residualC = (net: Network, x: Activation) => [
  tower(net, x, [192, 1]),
  tower(net, x, [192, 1], [224, [1, 3]], [256, [3, 1]]),
];

/** Figure 18. */
const residualReductionB = (net: Network, x: Activation) =>
  net.concat([
    halved(net, x),
    tower(net, x, [256, 1], [384, 3, 2]),
    tower(net, x, [256, 1], [288, 3, 2]),
    tower(net, x, [256, 1], [288, 3], [320, 3, 2]),
  ]);
