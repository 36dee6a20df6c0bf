import { type Activation, LOGITS, type Network, type Nonlinearity } from '../graph/network.js';
import type { Architecture } from './architecture.js';

/** Figure 5 of the paper. */
export const xception: Architecture = {
  name: 'xception',
  source: 'Chollet, Xception: deep learning with depthwise separable convolutions, 2016',
  defaults: { resolution: 299 },
  build(net, { resolution }) {
    let x = net.input('input', [1, resolution, resolution, 3]);
    x = net.conv(x, 32, 3, { stride: 2, padding: 'VALID', activation: 'relu', name: 'conv1' });
    x = net.conv(x, 64, 3, { padding: 'VALID', activation: 'relu', name: 'conv2' });
    x = net.scope('entry1', () => down(net, x, x, 128, 128));
    for (const filters of [256, 728])
      x = net.scope('entry', () => down(net, x, net.activation(x, 'relu'), filters, filters));
    for (let i = 0; i < 8; i++)
      x = net.scope('middle', () => {
        let y = net.activation(x, 'relu');
        y = separable(net, y, 728, 'relu');
        y = separable(net, y, 728, 'relu');
        return net.add(separable(net, y, 728), x);
      });
    x = net.scope('exit', () => down(net, x, net.activation(x, 'relu'), 728, 1024));
    x = separable(net, x, 1536, 'relu');
    x = separable(net, x, 2048, 'relu');
    return net.softmax(net.dense(net.globalAvgPool(x), 1000, LOGITS));
  },
};

function separable(
  net: Network,
  x: Activation,
  filters: number,
  activation: Nonlinearity = 'linear',
): Activation {
  return net.scope('separable', () =>
    net.conv(net.depthwise(x, 3), filters, 1, { activation, name: 'pointwise' }),
  );
}

/** Two separable convolutions and a pool, beside a strided 1×1 convolution. */
function down(
  net: Network,
  x: Activation,
  active: Activation,
  inner: number,
  filters: number,
): Activation {
  let y = separable(net, active, inner, 'relu');
  y = separable(net, y, filters);
  y = net.maxPool(y, 3, { stride: 2, padding: 'SAME' });
  return net.add(y, net.conv(x, filters, 1, { stride: 2, name: 'shortcut' }));
}
