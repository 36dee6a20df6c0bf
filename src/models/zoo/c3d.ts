import { LOGITS } from '../graph/network.js';
import type { Architecture } from './architecture.js';

/** Figure 3 of the paper: filters of each stage's 3×3×3 convolutions; the first pool keeps the frames apart. */
const STAGES = [[64], [128], [256, 256], [512, 512], [512, 512]] as const;

/** 16 frames of 112×112, 487 sports. The last pool pads 7 to 8 pixels, so that fc6 sees 4×4. */
export const c3d: Architecture = {
  name: 'c3d',
  source: 'Tran et al., Learning spatiotemporal features with 3D convolutional networks, 2014',
  defaults: {},
  precisions: ['fp32', 'fp16', 'dynamic'], // there is no integer CONV_3D
  build(net) {
    let x = net.input('input', [1, 16, 112, 112, 3]);
    STAGES.forEach((filters, stage) => {
      for (const count of filters)
        x = net.conv3d(x, count, 3, { activation: 'relu', name: `conv${stage + 1}` });
      x = net.maxPool3d(x, stage === 0 ? 1 : 2, 2, {
        padding: stage === 4 ? 'SAME' : 'VALID',
        name: `pool${stage + 1}`,
      });
    });
    x = net.dense(net.flatten(x), 4096, { activation: 'relu', name: 'fc6' });
    x = net.dense(x, 4096, { activation: 'relu', name: 'fc7' });
    return net.softmax(net.dense(x, 487, { ...LOGITS, name: 'fc8' }));
  },
};
