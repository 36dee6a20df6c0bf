/** Arbitrary small networks, for property tests: chains of layers with branches that meet again. */
import fc from 'fast-check';
import {
  type Activation,
  type BuiltNetwork,
  Network,
  type Nonlinearity,
} from '../../src/models/graph/network.js';

const nonlinearity = fc.constantFrom<Nonlinearity[]>(
  'linear',
  'relu',
  'relu6',
  'hard_swish',
  'hard_sigmoid',
  'logistic',
  'tanh',
  { leakyRelu: 0.1 },
);
const padding = fc.constantFrom('SAME', 'VALID');
const small = fc.integer({ min: 1, max: 3 });

interface Layer {
  kind:
    | 'conv'
    | 'depthwise'
    | 'maxPool'
    | 'avgPool'
    | 'pad'
    | 'resize'
    | 'bilinear'
    | 'batchNorm'
    | 'lrn'
    | 'activation'
    | 'residual'
    | 'concat'
    | 'gate'
    | 'reshape';
  filters: number;
  kernel: [number, number];
  stride: number;
  padding: 'SAME' | 'VALID';
  dilation: number;
  activation: Nonlinearity;
}

const layer: fc.Arbitrary<Layer> = fc.record({
  kind: fc.constantFrom(
    'conv',
    'depthwise',
    'maxPool',
    'avgPool',
    'pad',
    'resize',
    'bilinear',
    'batchNorm',
    'lrn',
    'activation',
    'residual',
    'concat',
    'gate',
    'reshape',
  ),
  filters: fc.integer({ min: 1, max: 9 }),
  kernel: fc.tuple(small, small),
  stride: fc.integer({ min: 1, max: 2 }),
  padding,
  dilation: fc.integer({ min: 1, max: 2 }),
  activation: nonlinearity,
});

/** What a network is drawn from; shrinks towards few and plain layers. */
export const networkPlan = fc.record({
  seed: fc.nat(),
  input: fc.tuple(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 5 }),
  ),
  layers: fc.array(layer, { maxLength: 7 }),
  head: fc.constantFrom('none', 'dense', 'softmax'),
});
export type NetworkPlan = typeof networkPlan extends fc.Arbitrary<infer P> ? P : never;

/** Draws it; windows that do not fit make the builder throw a RangeError. */
export function drawPlan(plan: NetworkPlan): BuiltNetwork {
  const net = new Network(plan.seed);
  let x = net.input('input', [1, ...plan.input]);
  for (const step of plan.layers) x = draw(net, x, step);
  if (plan.head !== 'none') x = net.dense(net.globalAvgPool(x), 4);
  if (plan.head === 'softmax') x = net.softmax(x);
  // A model whose output is its input has no operators, and the engine nothing to do.
  if (plan.layers.length === 0 && plan.head === 'none') x = net.activation(x, 'relu');
  return net.finish(x, 'arbitrary');
}

function draw(net: Network, x: Activation, l: Layer): Activation {
  const { kernel, padding, activation } = l;
  const [, h, w, c] = x.shape as unknown as [number, number, number, number];
  // TFLite's kernels take strides and dilations together only apart.
  const stride = l.dilation > 1 ? 1 : l.stride;
  // XNNPACK in TFLite 2.9.0 computes convolutions wrongly whose stride exceeds the kernel along one axis (1×3 by 2).
  const step = Math.min(stride, ...kernel);
  switch (l.kind) {
    case 'conv':
      return net.conv(x, l.filters, kernel, {
        stride: step,
        padding,
        dilation: l.dilation,
        activation,
      });
    case 'depthwise':
      return net.depthwise(x, kernel, { stride: step, padding, activation, multiplier: l.stride });
    case 'maxPool':
      return net.maxPool(x, kernel, { stride, padding });
    case 'avgPool':
      return net.avgPool(x, kernel, { stride, padding });
    case 'pad':
      return net.pad(x, [l.kernel[0], l.stride], [0, l.kernel[1]]);
    case 'resize':
      return net.resize(x, [h + l.stride, w], 'nearest');
    case 'bilinear':
      return net.resize(x, [h, w + l.stride], 'bilinear');
    case 'batchNorm':
      return net.batchNorm(x, { activation });
    case 'lrn':
      return net.localResponseNorm(x, { radius: 2, bias: 1, alpha: 1e-3, beta: 0.75 });
    case 'activation':
      return net.activation(x, activation);
    case 'residual':
      return net.add(x, net.conv(x, c, kernel, { activation }), { activation: 'relu' });
    case 'concat':
      return net.concat([x, net.conv(x, l.filters, 1, { activation }), x]);
    case 'gate': {
      const pooled = net.globalAvgPool(x, { keepDims: true });
      return net.mul(x, net.conv(pooled, c, 1, { activation: 'hard_sigmoid' }));
    }
    case 'reshape':
      return net.reshape(x, [1, w, h, c]);
  }
}
