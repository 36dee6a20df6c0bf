/** Published figures of the networks, with their sources. */

/** File sizes in MB (10^6 bytes) of the TFLite files of the study that the product repeats. */
export const STUDY_SIZES: Record<string, { fp32?: number; uint8?: number }> = {
  vgg16: { fp32: 553.4 },
  vgg19: { fp32: 574.7 },
  inception_v1: { fp32: 26.6, uint8: 6.7 },
  inception_v2: { fp32: 44.8, uint8: 11.3 },
  inception_v3: { fp32: 95.3, uint8: 23.9 },
  inception_v4: { fp32: 170.7, uint8: 42.9 },
  inception_resnet_v2: { fp32: 121.0 },
  resnet50_v1: { fp32: 102.2 },
  resnet101_v1: { fp32: 178.1 },
  resnet152_v1: { fp32: 240.7 },
  resnet50_v2: { fp32: 102.3 },
  resnet101_v2: { fp32: 178.4 },
  resnet152_v2: { fp32: 241.1 },
  mobilenet_v1: { fp32: 16.9, uint8: 4.3 },
  mobilenet_v2: { fp32: 14.0, uint8: 3.6 },
  mobilenet_v3_large: { fp32: 21.9, uint8: 5.6 },
  efficientnet_lite0: { fp32: 18.6, uint8: 5.4 },
};

/** Depth variants of YOLOv3-tiny, fp32, MB. */
export const YOLO_SIZES: Record<string, number> = {
  yolov3_tiny_00000: 35.4,
  yolov3_tiny_00001: 37.8,
  yolov3_tiny_00003: 42.5,
  yolov3_tiny_00010: 36.0,
  yolov3_tiny_00030: 37.2,
  yolov3_tiny_00100: 35.6,
  yolov3_tiny_01000: 35.5,
  yolov3_tiny_30000: 35.5,
};

/**
 * edgeBench (Hadidi et al., IISWC 2019), slide "Our Models": 10^9 FLOP, one for each multiply-accumulate, and 10^6
 * parameters. A `why` stands where the figure cannot be that of the network it is printed beside.
 */
export const EDGEBENCH: {
  model: string;
  name: string;
  flop: number;
  parameters: number;
  why?: { flop?: string; parameters?: string };
}[] = [
  { model: 'ResNet-18', name: 'resnet18_v1', flop: 1.83, parameters: 11.69 },
  { model: 'ResNet-50', name: 'resnet50_v1_5', flop: 4.14, parameters: 25.56 },
  { model: 'ResNet-101', name: 'resnet101_v1_5', flop: 7.87, parameters: 44.55 },
  { model: 'Xception', name: 'xception_224', flop: 4.65, parameters: 22.91 },
  {
    model: 'MobileNet-v2',
    name: 'mobilenet_v2',
    flop: 0.32,
    parameters: 3.53,
    why: {
      flop: 'the paper says 300 M multiply-adds; 0.32 also counts batch norms, which are folded into the convolutions here',
    },
  },
  { model: 'Inception-v4', name: 'inception_v4', flop: 12.27, parameters: 42.71 },
  {
    model: 'AlexNet',
    name: 'alexnet',
    flop: 0.72,
    parameters: 102.14,
    why: {
      parameters:
        'two networks in one row: 102.14 M are those of the Keras variant in its repository (7×7×384 into fc6), which needs 1.38 G MACs; 0.72 G are those of the single-column AlexNet, which has 61.1 M parameters',
    },
  },
  { model: 'VGG16', name: 'vgg16', flop: 15.47, parameters: 138.36 },
  { model: 'VGG19', name: 'vgg19', flop: 19.63, parameters: 143.66 },
  { model: 'VGG-S 32×32', name: 'vgg_s_32', flop: 0.11, parameters: 32.11 },
  { model: 'VGG-S 224×224', name: 'vgg_s', flop: 3.27, parameters: 102.91 },
  {
    model: 'CifarNet',
    name: 'cifarnet',
    flop: 0.01,
    parameters: 0.79,
    why: { flop: '0.0147 G printed with two digits behind the point' },
  },
  {
    model: 'SSD with MobileNet-v1',
    name: 'ssd_mobilenet_v1',
    flop: 0.98,
    parameters: 4.23,
    why: {
      flop: 'the backbone only: MobileNet v1 at 300×300 needs about 1 G MACs without its classifier',
      parameters: '4.23 M are those of MobileNet v1 as a classifier, not of SSD',
    },
  },
  {
    model: 'YOLOv3',
    name: 'yolov3',
    flop: 38.97,
    parameters: 62.0,
    why: {
      flop: 'the figure that the authors of YOLOv3 give for 320×320, two operations for each multiply-accumulate: 19.49 G MACs',
    },
  },
  {
    model: 'TinyYolo',
    name: 'yolov3_tiny',
    flop: 5.56,
    parameters: 15.87,
    why: {
      flop: 'the figure that the authors give for 416×416, two operations for each multiply-accumulate: 2.78 G MACs',
      parameters: '15.87 M are those of YOLOv2-tiny; YOLOv3-tiny has 8.85 M',
    },
  },
  {
    model: 'C3D',
    name: 'c3d',
    flop: 57.99,
    parameters: 89.0,
    why: {
      flop: 'two operations for each multiply-accumulate, and 12 frames: 38.55 G MACs · 12/16 · 2 = 57.8 G; the paper and its last pool need 16 frames',
      parameters:
        'the network of its own repository has 80.0 M (fc6 8192×4096); the slide’s ratio 734.05 does not follow from its figures either',
    },
  },
];

/** QuTiBench (Blott, PhD thesis 2021, tables 6.1, 6.4, 6.5): operations count two for each multiply-accumulate. */
export const QUTIBENCH: {
  name: string;
  ops: number;
  elements: number;
  /** Relative tolerance, from the digits printed. */
  within: number;
  /** Elements that the figure leaves out. */
  without?: number;
}[] = [
  { name: 'cnv', ops: 469_449_728, elements: 6_157_696, within: 0.002 },
  { name: 'cnv_50', ops: 118_922_752, elements: 1_542_848, within: 0.003 },
  { name: 'cnv_25', ops: 30_510_848, elements: 387_424, within: 0.006 },
  { name: 'cnv_12.5', ops: 8_124_928, elements: 97_712, within: 0.02 },
  { name: 'mlp', ops: 20_029_440, elements: 10_014_720, within: 0.002 },
  { name: 'mlp_50', ops: 5_820_416, elements: 2_910_208, within: 0.003 },
  { name: 'mlp_25', ops: 1_861_632, elements: 930_816, within: 0.003 },
  // 6 M are the convolutions': its dense layer has another 1.025 M.
  { name: 'googlenet', ops: 3.1e9, elements: 6.0e6, within: 0.03, without: 1_025_000 },
  { name: 'mobilenet_v1', ops: 1.1e9, elements: 4.2e6, within: 0.04 },
  { name: 'resnet50_v1', ops: 7.72e9, elements: 25.5e6, within: 0.01 },
];
