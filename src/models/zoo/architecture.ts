import type { Activation, Network } from '../graph/network.js';

/** What can be chosen of a network. A family takes some of these; the others have no meaning for it. */
export interface Parameters {
  /** Width: factor on the number of channels. */
  alpha: number;
  /** Height and width of the input, pixels. */
  resolution: number;
}

/** A network of the zoo. */
export interface Architecture {
  /** As users write it. */
  name: string;
  /** Paper that the definition follows. */
  source: string;
  /** The parameters that it takes, with their defaults. */
  defaults: Partial<Parameters>;
  /** Draws the network and returns its outputs. */
  build(net: Network, parameters: Parameters): Activation | readonly Activation[];
}
