import { type Activation, LOGITS, type Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';

const SOURCE = 'Szegedy et al., Going deeper with convolutions, 2014';

/** Table 1 of the paper: 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection. */
type Module = readonly [number, number, number, number, number, number];
const MODULES: readonly (readonly (readonly [string, Module])[])[] = [
  [
    ['3a', [64, 96, 128, 16, 32, 32]],
    ['3b', [128, 128, 192, 32, 96, 64]],
  ],
  [
    ['4a', [192, 96, 208, 16, 48, 64]],
    ['4b', [160, 112, 224, 24, 64, 64]],
    ['4c', [128, 128, 256, 24, 64, 64]],
    ['4d', [112, 144, 288, 32, 64, 64]],
    ['4e', [256, 160, 320, 32, 128, 128]],
  ],
  [
    ['5a', [256, 160, 320, 32, 128, 128]],
    ['5b', [384, 192, 384, 48, 128, 128]],
  ],
];

interface Variant {
  /** Kernel of the branch that the paper draws with 5×5. */
  largeKernel: 3 | 5;
  localResponseNorm: boolean;
  classes: number;
}

function draw(net: Network, resolution: number, width: (n: number) => number, variant: Variant) {
  const active = { activation: 'relu' } as const;
  const norm = (x: Activation) =>
    variant.localResponseNorm
      ? net.localResponseNorm(x, { radius: 2, bias: 1, alpha: 1e-4 / 5, beta: 0.75 })
      : x;
  const halve = (x: Activation) => net.maxPool(x, 3, { stride: 2, padding: 'SAME' });
  let x = net.input('input', [1, resolution, resolution, 3]);
  x = net.conv(x, width(64), 7, { ...active, stride: 2, name: 'conv1' });
  x = norm(halve(x));
  x = net.conv(x, width(64), 1, { ...active, name: 'conv2/reduce' });
  x = norm(net.conv(x, width(192), 3, { ...active, name: 'conv2' }));
  for (const stage of MODULES) {
    x = halve(x);
    for (const [name, [one, reduce3, three, reduce5, five, projection]] of stage)
      x = net.scope(`inception${name}`, () =>
        net.concat([
          net.conv(x, width(one), 1, active),
          net.conv(net.conv(x, width(reduce3), 1, active), width(three), 3, active),
          net.conv(
            net.conv(x, width(reduce5), 1, active),
            width(five),
            variant.largeKernel,
            active,
          ),
          net.conv(net.maxPool(x, 3, { stride: 1, padding: 'SAME' }), width(projection), 1, active),
        ]),
      );
  }
  return net.softmax(net.dense(net.globalAvgPool(x), variant.classes, LOGITS));
}

/** As the paper draws it; `keep` prunes all channels alike. */
export const googlenet: Architecture = {
  name: 'googlenet',
  source: `${SOURCE}; pruning as in QuTiBench (Blott et al.)`,
  defaults: { keep: 100 },
  build: (net, { keep }) =>
    draw(net, 224, (n) => Math.max(Math.round((n * keep) / 100), 1), {
      largeKernel: 5,
      localResponseNorm: true,
      classes: 1000,
    }),
};

/** As published for TFLite: batch norms instead of response norms, 3×3 where the paper has 5×5. */
export const inceptionV1: Architecture = {
  name: 'inception_v1',
  source: SOURCE,
  defaults: { resolution: 224 },
  build: (net, { resolution }) =>
    draw(net, resolution, (n) => n, { largeKernel: 3, localResponseNorm: false, classes: 1001 }),
};
