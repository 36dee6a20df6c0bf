import { alexnet, cifarnet } from './alexnet.js';
import type { Architecture } from './architecture.js';
import { c3d } from './c3d.js';
import { efficientnetsLite } from './efficientnet-lite.js';
import { googlenet, inceptionV1 } from './inception-v1.js';
import { inceptionV2 } from './inception-v2.js';
import { inceptionV3 } from './inception-v3.js';
import { inceptionResnetV2, inceptionV4 } from './inception-v4.js';
import { mobilenetV1 } from './mobilenet-v1.js';
import { mobilenetV2 } from './mobilenet-v2.js';
import { mobilenetV3Large, mobilenetV3Small } from './mobilenet-v3.js';
import { cnv, mlp } from './qutibench.js';
import { resnets } from './resnet.js';
import { ssdMobilenetV1 } from './ssd-mobilenet-v1.js';
import { vgg16, vgg19, vggS, vggS32 } from './vgg.js';
import { xception } from './xception.js';
import { yolov3, yolov3Tiny } from './yolov3.js';

/** Every network that can be built by name. */
export const ARCHITECTURES: readonly Architecture[] = [
  vgg16,
  vgg19,
  vggS,
  vggS32,
  alexnet,
  cifarnet,
  inceptionV1,
  inceptionV2,
  inceptionV3,
  inceptionV4,
  inceptionResnetV2,
  ...resnets,
  mobilenetV1,
  mobilenetV2,
  mobilenetV3Large,
  mobilenetV3Small,
  ...efficientnetsLite,
  xception,
  ssdMobilenetV1,
  yolov3,
  yolov3Tiny,
  c3d,
  googlenet,
  cnv,
  mlp,
];
