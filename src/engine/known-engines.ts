import { IsochronError, UsageError } from '../kernel/errors.js';

/** Node's names of the architectures for which a library can be fetched. */
export type EngineArch = 'x64' | 'arm64';

/** A TensorFlow Lite library that can be fetched through npm. */
export interface KnownEngine {
  /** Names it on the command line and in the cache: `tflite-2.9.0`. */
  name: string;
  /** Of TensorFlow Lite. */
  version: string;
  /** The npm package that carries it. */
  spec: string;
  /** Subresource integrity of the package's tarball: what is fetched is this or nothing. */
  integrity: string;
  /** Size of the tarball, for progress. */
  tarballBytes: number;
  /** SPDX identifier. */
  license: string;
  /** Whose it is. */
  copyright: string;
  /** Path of the library in the tarball, by architecture. */
  members: Record<EngineArch, string>;
}

/**
 * TensorFlow's own build in its tfjs-tflite-node package. The package as a dependency would bring 95 MB and compile an
 * addon that nobody here needs; the library is one file of its tarball.
 */
export const DEFAULT_ENGINE: KnownEngine = {
  name: 'tflite-2.9.0',
  version: '2.9.0',
  spec: 'tfjs-tflite-node@0.0.2',
  integrity:
    'sha512-Zed9biOz9lkWsekvPwdEmxXnsjXJnZO8iOV0s2Y20QU15cwiPedzFEBYiGbK7smYpkJpQNNY9SukoKmUi9bk9w==',
  tarballBytes: 5_303_910,
  license: 'Apache-2.0',
  copyright: 'The TensorFlow Authors',
  members: {
    x64: 'package/cc_deps/linux_amd64/libtensorflowlite_c.so',
    arm64: 'package/cc_deps/linux_arm64/libtensorflowlite_c.so',
  },
};

/** The file name of the library, wherever it is kept. */
export const LIBRARY_FILE = 'libtensorflowlite_c.so';

/**
 * @param arch what the user named, or undefined for this machine's
 * @throws UsageError for a name that is none; IsochronError E_ENGINE_UNAVAILABLE where this machine's is not offered
 */
export function engineArch(arch: string | undefined): EngineArch {
  const wanted = arch ?? process.arch;
  if (wanted === 'x64' || wanted === 'arm64') return wanted;
  if (arch !== undefined)
    throw new UsageError(`There is no engine for the architecture ${arch}.`, 'Known: x64, arm64.');
  throw new IsochronError(
    'E_ENGINE_UNAVAILABLE',
    `There is no TensorFlow Lite library to fetch for ${process.arch}.`,
    'Build libtensorflowlite_c.so for it and name it with --engine PATH or ISOCHRON_ENGINE.',
  );
}
