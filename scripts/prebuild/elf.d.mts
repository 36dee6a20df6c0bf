/** The newest versions that a prebuild may need, by family of symbol versions. */
export const FLOOR: Record<'GLIBC' | 'GLIBCXX' | 'CXXABI' | 'GCC', string>;

/** What is wrong with a prebuild, as sentences; none when it may be shipped. */
export function faultsOf(
  file: string,
  arch: 'x64' | 'arm64',
  floor?: Partial<Record<string, string>>,
): string[];

/** The newest version needed of each family, e.g. `{ GLIBC: '2.30' }`. */
export function newestNeeds(file: string): Partial<Record<string, string>>;

/** Negative, 0 or positive as `a` is older than, equal to, or newer than `b`. */
export function compareVersions(a: string, b: string): number;
