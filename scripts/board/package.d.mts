/** isochron installed for the board as its users install it. */
export interface InstalledPackage {
  /** The archive for bootBoard()'s `layers`: /opt/isochron and, with the engine, isochron's cache of the guest's root. */
  layer: string;
  /** The same installation on the host, for qemu-user: node_modules/ is below it. */
  folder: string;
  /** The cache folder with the arm64 engine, to be given as ISOCHRON_CACHE under qemu-user. */
  cache: string;
  tarball: string;
  /** Of node_modules, without the engine. */
  installedBytes: number;
}

/**
 * Builds, packs and installs the checkout's package for the board. What is up to date is not made again.
 * @throws Error when the build, a prebuild, npm or the network fails
 */
export function installedPackage(options?: {
  /** The package's folder; default: this checkout. */
  from?: string;
  /** `false` leaves the engine out, as on a board that has not been given one. */
  engine?: boolean;
  /** `false` packs dist/ as it is. */
  build?: boolean;
  log?: (line: string) => void;
}): Promise<InstalledPackage>;
