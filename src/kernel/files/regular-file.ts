/** Files that are read more than once, or that nobody should have to wait for: what is none is refused unread. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** The code of the error for a FIFO, a socket or a device. */
export const NO_FILE = 'NO_FILE';

/**
 * Opens a file for reading. A FIFO is not waited for.
 * @throws the system's error; one with the code `NO_FILE` for what is neither a file nor a folder
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (found.isFile()) return file;
    throw found.isDirectory()
      ? Object.assign(new Error('it is a folder'), { code: 'EISDIR' })
      : Object.assign(new Error('it is a pipe or a device, not a file'), { code: NO_FILE });
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The whole of it as text. */
export async function readRegular(path: string): Promise<string> {
  const file = await openRegular(path);
  try {
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
