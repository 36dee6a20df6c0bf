/** Node's report names the version of glibc, and has no such entry where the C library is another: musl, as on Alpine. */
export function isMusl(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

/** What is said there. */
export const NEEDS_GLIBC =
  "TensorFlow Lite's libraries are built for glibc, and none of them loads on musl (Alpine): take a glibc image, such as Debian's.";
