/** What the file system says when it takes no file, in words: the reason, and what to do about it. */
export const WRITE_REASONS: Record<string, [reason: string, hint: string]> = {
  ENOSPC: ['the disk is full', 'Free some space, or choose another folder.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or choose another folder.'],
  EFBIG: [
    'it is larger than a file may be here',
    'Raise the limit (`ulimit -f`), or choose another disk.',
  ],
  EACCES: ['permission denied', 'Choose another folder, or change its permissions.'],
  EPERM: ['permission denied', 'Choose another folder, or change its permissions.'],
  EROFS: ['the file system is read-only', 'Choose another folder.'],
  ENOENT: ["its folder can't be made", 'Choose another folder.'],
  ENOTDIR: ['part of the path is a file, not a folder', 'Choose another path.'],
  EEXIST: ['part of the path is a file, not a folder', 'Choose another path.'],
  EISDIR: ['it is a folder', 'Name a file inside it.'],
  ELOOP: ['its symbolic links lead in a circle', 'Choose another path.'],
  EIO: ['the disk reports an error, and what was written may be lost', 'See dmesg.'],
  EPIPE: ['whatever was reading it has gone away', 'Choose another path.'],
  ENXIO: ['there is no such device', 'Choose another path.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter one.'],
  EBADF: ['this descriptor is not open for writing', 'Choose another path.'],
  ENFILE: [
    'too many files are open on this machine',
    'Raise the limit (`sysctl fs.file-max`), or end other programs.',
  ],
  EMFILE: ['too many files are open', 'Raise the limit (`ulimit -n`).'],
};
