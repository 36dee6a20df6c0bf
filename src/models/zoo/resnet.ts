import { type Activation, LOGITS, type Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';

const V1 = 'He et al., Deep residual learning for image recognition, 2015';
const V2 = 'He et al., Identity mappings in deep residual networks, 2016';

/** Table 1 of the first paper: residual units of each stage. */
const UNITS: Record<number, readonly number[]> = {
  18: [2, 2, 2, 2],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

/**
 * `v1_5` moves the stride of a bottleneck from its first 1×1 to its 3×3 convolution, as most implementations do today
 * (the ResNet-50 of MLPerf and of PyTorch).
 */
type Version = 'v1' | 'v1_5' | 'v2';

interface Unit {
  filters: number;
  stride: number;
  version: Version;
}

function resnet(depth: number, version: Version): Architecture {
  const bottleneck = depth >= 50;
  return {
    name: `resnet${depth}_${version}`,
    source: version === 'v2' ? V2 : V1,
    defaults: { resolution: 224 },
    build(net, { resolution }) {
      let x = net.input('input', [1, resolution, resolution, 3]);
      x = net.conv(x, 64, 7, {
        stride: 2,
        activation: version === 'v2' ? 'linear' : 'relu',
        name: 'conv1',
      });
      x = net.maxPool(x, 3, { stride: 2, padding: 'SAME' });
      (UNITS[depth] as readonly number[]).forEach((units, stage) => {
        for (let i = 0; i < units; i++) {
          const unit: Unit = {
            filters: 64 * 2 ** stage,
            stride: stage > 0 && i === 0 ? 2 : 1,
            version,
          };
          x = net.scope(`stage${stage + 2}/unit${i + 1}`, () =>
            version === 'v2'
              ? preActivated(net, x, unit, bottleneck)
              : residual(net, x, unit, bottleneck),
          );
        }
      });
      if (version === 'v2') x = net.batchNorm(x, { activation: 'relu', name: 'post_norm' });
      return net.softmax(net.dense(net.globalAvgPool(x), 1001, LOGITS));
    },
  };
}

/** The branch of a unit up to its last convolution. */
function branch(net: Network, x: Activation, unit: Unit, bottleneck: boolean): Activation {
  const { filters, stride, version } = unit;
  if (!bottleneck) {
    const y = net.conv(x, filters, 3, { stride, activation: 'relu', name: 'conv1' });
    return net.conv(y, filters, 3, { name: 'conv2' });
  }
  const early = version === 'v1' ? stride : 1;
  const y = net.conv(x, filters, 1, { stride: early, activation: 'relu', name: 'conv1' });
  const z = net.conv(y, filters, 3, { stride: stride / early, activation: 'relu', name: 'conv2' });
  return net.conv(z, 4 * filters, 1, { name: 'conv3' });
}

function shortcut(
  net: Network,
  x: Activation,
  { filters, stride }: Unit,
  bottleneck: boolean,
): Activation | null {
  const channels = bottleneck ? 4 * filters : filters;
  if (stride === 1 && x.shape.at(-1) === channels) return null;
  return net.conv(x, channels, 1, { stride, name: 'shortcut' });
}

function residual(net: Network, x: Activation, unit: Unit, bottleneck: boolean): Activation {
  const y = branch(net, x, unit, bottleneck);
  return net.add(y, shortcut(net, x, unit, bottleneck) ?? x, { activation: 'relu' });
}

/** Norm and nonlinearity come first; the sum is left as it is. */
function preActivated(net: Network, x: Activation, unit: Unit, bottleneck: boolean): Activation {
  const active = net.batchNorm(x, { activation: 'relu', name: 'pre_norm' });
  const y = branch(net, active, unit, bottleneck);
  return net.add(y, shortcut(net, active, unit, bottleneck) ?? x);
}

export const resnets: Architecture[] = [
  ...[18, 50, 101, 152].map((depth) => resnet(depth, 'v1')),
  ...[50, 101, 152].map((depth) => resnet(depth, 'v1_5')),
  ...[18, 50, 101, 152].map((depth) => resnet(depth, 'v2')),
];
