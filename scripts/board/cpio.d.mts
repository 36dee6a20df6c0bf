/** Writes one cpio archive: a host path, a text or an empty folder for each path in the guest. */
export function writeCpio(
  file: string,
  tree: { [guestPath: string]: string | { text: string; mode?: number } | null },
): void;
