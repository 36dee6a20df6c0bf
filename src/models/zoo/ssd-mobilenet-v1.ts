import type { Activation, Network } from '../graph/network.js';
import type { Architecture } from './architecture.js';
import { mobilenetV1Features } from './mobilenet-v1.js';

/** Channels of the four maps behind the backbone: 1×1 convolution, then 3×3 with a stride of two. */
const EXTRA = [
  [256, 512],
  [128, 256],
  [128, 256],
  [64, 128],
] as const;

/** COCO has 90 classes; 0 is background. */
const CLASSES = 91;

/**
 * SSD on six maps with 1×1 predictors, 1917 boxes at 300×300. The outputs are the encoded boxes and the scores, as they
 * enter non-maximum suppression, which is not part of the file.
 */
export const ssdMobilenetV1: Architecture = {
  name: 'ssd_mobilenet_v1',
  source:
    'Liu et al., SSD: single shot multibox detector, 2015, on MobileNet v1 (Howard et al., 2017)',
  defaults: { alpha: 1, resolution: 300 },
  build(net, { alpha, resolution }) {
    const layers = mobilenetV1Features(net, alpha, resolution);
    const maps = [layers[11], layers[13]] as Activation[];
    EXTRA.forEach(([reduced, filters], i) => {
      const x = net.conv(maps.at(-1) as Activation, reduced, 1, {
        activation: 'relu6',
        name: `extra${i + 1}/reduce`,
      });
      maps.push(net.conv(x, filters, 3, { stride: 2, activation: 'relu6', name: `extra${i + 1}` }));
    });
    const predict = (name: string, values: number) =>
      net.concat(
        maps.map((map, i) => predictions(net, map, i === 0 ? 3 : 6, values, `${name}${i}`)),
        { axis: 1, name },
      );
    const boxes = predict('boxes', 4);
    return [boxes, net.activation(predict('classes', CLASSES), 'logistic', 'scores')];
  },
};

/** The first map has three anchors at each place, the others six. */
function predictions(
  net: Network,
  map: Activation,
  anchors: number,
  values: number,
  name: string,
): Activation {
  const out = net.conv(map, anchors * values, 1, { name });
  const [, h, w] = out.shape as unknown as [number, number, number];
  return net.reshape(out, [1, h * w * anchors, values]);
}
