/** What a file is that was taken for a model: told from its first bytes. */
export class ForeignFile extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** What it is instead of a model, for `PATH is …`, or null where the bytes are none of these. */
export function explainForeignFile(start: Uint8Array): ForeignFile | null {
  const text = Buffer.from(start)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (text.startsWith('version https://git-lfs.github.com/'))
    return new ForeignFile(
      'a Git LFS pointer: it names a model, and the model itself was not downloaded',
      'Fetch it with `git lfs pull` in its repository, or download the file itself.',
    );
  if (/^<(!doctype\s+html|html|head|\?xml)/i.test(text))
    return new ForeignFile(
      'a web page, not a TensorFlow Lite model: a download has saved the page about the file, or an error',
      'Download the file itself (on GitHub: the "raw" link).',
    );
  return null;
}
