import { type Activation, LOGITS, type Network } from '../graph/network.js';
import { type Architecture, roundChannels } from './architecture.js';

/** Tables 1 and 2 of the paper: kernel, expansion, channels, squeeze-and-excite, nonlinearity, stride. */
type Row = readonly [number, number, number, 'SE' | '-', 'RE' | 'HS', number];
const LARGE: readonly Row[] = [
  [3, 16, 16, '-', 'RE', 1],
  [3, 64, 24, '-', 'RE', 2],
  [3, 72, 24, '-', 'RE', 1],
  [5, 72, 40, 'SE', 'RE', 2],
  [5, 120, 40, 'SE', 'RE', 1],
  [5, 120, 40, 'SE', 'RE', 1],
  [3, 240, 80, '-', 'HS', 2],
  [3, 200, 80, '-', 'HS', 1],
  [3, 184, 80, '-', 'HS', 1],
  [3, 184, 80, '-', 'HS', 1],
  [3, 480, 112, 'SE', 'HS', 1],
  [3, 672, 112, 'SE', 'HS', 1],
  [5, 672, 160, 'SE', 'HS', 2],
  [5, 960, 160, 'SE', 'HS', 1],
  [5, 960, 160, 'SE', 'HS', 1],
];
const SMALL: readonly Row[] = [
  [3, 16, 16, 'SE', 'RE', 2],
  [3, 72, 24, '-', 'RE', 2],
  [3, 88, 24, '-', 'RE', 1],
  [5, 96, 40, 'SE', 'HS', 2],
  [5, 240, 40, 'SE', 'HS', 1],
  [5, 240, 40, 'SE', 'HS', 1],
  [5, 120, 48, 'SE', 'HS', 1],
  [5, 144, 48, 'SE', 'HS', 1],
  [5, 288, 96, 'SE', 'HS', 2],
  [5, 576, 96, 'SE', 'HS', 1],
  [5, 576, 96, 'SE', 'HS', 1],
];

function mobilenetV3(name: string, rows: readonly Row[], lastUnits: number): Architecture {
  return {
    name,
    source: 'Howard et al., Searching for MobileNetV3, 2019',
    defaults: { alpha: 1, resolution: 224 },
    build(net, { alpha, resolution }) {
      const width = (channels: number) => roundChannels(channels * alpha);
      let x = net.input('input', [1, resolution, resolution, 3]);
      x = net.conv(x, width(16), 3, { stride: 2, activation: 'hard_swish', name: 'conv1' });
      for (const row of rows) x = net.scope('bneck', () => bottleneck(net, x, row, width));
      const features = 6 * (x.shape.at(-1) as number);
      x = net.conv(x, features, 1, { activation: 'hard_swish', name: 'conv_last' });
      x = net.globalAvgPool(x, { keepDims: true });
      const units = alpha > 1 ? width(lastUnits) : lastUnits;
      x = net.conv(x, units, 1, { activation: 'hard_swish', name: 'hidden' });
      x = net.reshape(net.conv(x, 1001, 1, LOGITS), [1, 1001]);
      return net.softmax(x);
    },
  };
}

function bottleneck(
  net: Network,
  x: Activation,
  [kernel, expansion, channels, squeeze, nonlinearity, stride]: Row,
  width: (channels: number) => number,
): Activation {
  const activation = nonlinearity === 'RE' ? 'relu' : 'hard_swish';
  const inputs = x.shape.at(-1) as number;
  const expanded = width(expansion);
  let y = x;
  if (expanded !== inputs) y = net.conv(y, expanded, 1, { activation, name: 'expand' });
  y = net.depthwise(y, kernel, { stride, activation });
  if (squeeze === 'SE') y = net.scope('squeeze_excite', () => squeezeExcite(net, y));
  y = net.conv(y, width(channels), 1, { name: 'project' });
  return stride === 1 && inputs === width(channels) ? net.add(x, y) : y;
}

/** Hu et al., Squeeze-and-excitation networks, 2017, with a quarter of the channels and a hard sigmoid. */
function squeezeExcite(net: Network, x: Activation): Activation {
  const channels = x.shape.at(-1) as number;
  let gate = net.globalAvgPool(x, { keepDims: true });
  gate = net.conv(gate, roundChannels(channels / 4), 1, { activation: 'relu', name: 'squeeze' });
  gate = net.conv(gate, channels, 1, { activation: 'hard_sigmoid', name: 'excite' });
  return net.mul(x, gate);
}

export const mobilenetV3Large = mobilenetV3('mobilenet_v3_large', LARGE, 1280);
export const mobilenetV3Small = mobilenetV3('mobilenet_v3_small', SMALL, 1024);
