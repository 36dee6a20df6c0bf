import type { Activation, Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';

const SOURCE = 'Redmon & Farhadi, YOLOv3: an incremental improvement, 2018';

/** Three anchors at each place, each with a box, an objectness and the 80 classes of COCO. */
const PREDICTIONS = 3 * (4 + 1 + 80);

const LEAKY = { leakyRelu: 0.1 } as const;

function conv(
  net: Network,
  x: Activation,
  filters: number,
  kernel: number,
  stride = 1,
  name = 'conv',
) {
  return net.conv(x, filters, kernel, { stride, activation: LEAKY, name });
}

function upsample(net: Network, x: Activation): Activation {
  return net.resize(x, [2 * (x.shape[1] as number), 2 * (x.shape[2] as number)], 'nearest');
}

/** Table 1 of the paper: filters and residual blocks of each stage of Darknet-53. */
const DARKNET53 = [
  [64, 1],
  [128, 2],
  [256, 8],
  [512, 8],
  [1024, 4],
] as const;

/** Raw predictions at three scales; boxes are decoded elsewhere. */
export const yolov3: Architecture = {
  name: 'yolov3',
  source: SOURCE,
  defaults: { resolution: 416 },
  build(net, { resolution }) {
    let x = net.input('input', [1, resolution, resolution, 3]);
    x = conv(net, x, 32, 3);
    const stages: Activation[] = [];
    for (const [filters, blocks] of DARKNET53) {
      x = conv(net, x, filters, 3, 2, 'down');
      for (let i = 0; i < blocks; i++)
        x = net.scope('residual', () =>
          net.add(x, conv(net, conv(net, x, filters / 2, 1), filters, 3)),
        );
      stages.push(x);
    }
    const outputs: Activation[] = [];
    [512, 256, 128].forEach((filters, scale) => {
      if (scale > 0) {
        const up = upsample(net, conv(net, x, filters, 1, 1, 'lateral'));
        x = net.concat([up, stages[4 - scale] as Activation]);
      }
      for (let i = 0; i < 2; i++) x = conv(net, conv(net, x, filters, 1), 2 * filters, 3);
      x = conv(net, x, filters, 1);
      const head = conv(net, x, 2 * filters, 3, 1, 'head');
      outputs.push(net.conv(head, PREDICTIONS, 1, { name: `predictions${scale + 1}` }));
    });
    return outputs;
  },
};

/** Filters of the five convolutions that a depth code duplicates. */
const TINY = [16, 32, 64, 128, 256] as const;

/**
 * YOLOv3-tiny. Digit i of the depth code is the number of extra copies of Conv. Layer i, which follow it in place, before
 * its pool; 00000 is the original. `alpha` scales all channels but the predictions'.
 */
export const yolov3Tiny: Architecture = {
  name: 'yolov3_tiny',
  source: `${SOURCE}, and its reference implementation`,
  defaults: { depth: '00000', alpha: 1, resolution: 416 },
  build(net, { depth, alpha, resolution }) {
    const width = (filters: number) => Math.max(Math.round(filters * alpha), 1);
    let x = net.input('input', [1, resolution, resolution, 3]);
    let middle = x;
    TINY.forEach((filters, i) => {
      for (let copy = 0; copy <= Number(depth[i]); copy++)
        x = conv(net, x, width(filters), 3, 1, `conv${i + 1}`);
      middle = x;
      x = net.maxPool(x, 2);
    });
    x = conv(net, x, width(512), 3, 1, 'conv6');
    x = net.maxPool(x, 2, { stride: 1, padding: 'SAME' });
    x = conv(net, x, width(1024), 3, 1, 'conv7');
    x = conv(net, x, width(256), 1, 1, 'conv8');
    const coarse = conv(net, x, width(512), 3, 1, 'conv9');
    const up = upsample(net, conv(net, x, width(128), 1, 1, 'conv11'));
    const fine = conv(net, net.concat([up, middle]), width(256), 3, 1, 'conv12');
    return [
      net.conv(coarse, PREDICTIONS, 1, { name: 'predictions1' }),
      net.conv(fine, PREDICTIONS, 1, { name: 'predictions2' }),
    ];
  },
};
