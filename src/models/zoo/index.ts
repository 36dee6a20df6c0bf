import type { Architecture } from './architecture.js';
import { mobilenetV1 } from './mobilenet_v1.js';

/** Every network that can be built by name. */
export const ARCHITECTURES: readonly Architecture[] = [mobilenetV1];
