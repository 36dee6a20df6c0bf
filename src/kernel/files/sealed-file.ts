/** Files of the tool's own cache, each with its hash beside it: a cut or changed one is noticed before it is used. */
import { stat } from 'node:fs/promises';
import * as z from 'zod';
import { sha256OfFile } from '../sha256.js';
import { writeInCache } from './atomic-file.js';
import { readRegular } from './regular-file.js';

/**
 * The content, and the file that was seen to have it. Reading 575 MB of a network before every run takes a board many
 * seconds, so a file is hashed again only when it is another one or was touched since: its inode or either of its times
 * differ (FAT has no time of change, so both). A copy of the cache is hashed once on its new machine.
 */
const sealSchema = z.object({
  sha256: z.string(),
  bytes: z.number(),
  inode: z.string(),
  mtimeNs: z.string(),
  ctimeNs: z.string(),
});
type Seal = z.infer<typeof sealSchema>;

/** `unsealed`: nothing says what it should be. */
export type SealState = 'whole' | 'changed' | 'unsealed' | 'absent';

const sealPath = (path: string) => `${path}.sha256.json`;

/** Records what a file of the cache holds, after it was written. */
export async function sealFile(path: string, sha256: string): Promise<void> {
  const found = await identityOf(path);
  if (found === null) return; // another process replaces it just now, and seals it itself
  await writeSeal(path, { sha256, ...found });
}

/**
 * Whether a file of the cache is what was once put there.
 *
 * @param expected its SHA-256, where another record has it; by default the seal's
 */
export async function checkSeal(path: string, expected?: string): Promise<SealState> {
  const found = await identityOf(path);
  if (found === null) return 'absent';
  const seal = await readSeal(path);
  const wanted = expected ?? seal?.sha256;
  if (wanted === undefined) return 'unsealed';
  const isSame = seal?.sha256 === wanted;
  if (isSame && seal.bytes !== found.bytes) return 'changed';
  if (isSame && sameFile(seal, found)) return 'whole';
  if ((await sha256OfFile(path)) !== wanted) return 'changed';
  // a cache that can't be written is a cache all the same: it is hashed each time
  await writeSeal(path, { sha256: wanted, ...found }).catch(() => {});
  return 'whole';
}

const sameFile = (a: Omit<Seal, 'sha256'>, b: Omit<Seal, 'sha256'>) =>
  a.inode === b.inode && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;

async function identityOf(path: string): Promise<Omit<Seal, 'sha256'> | null> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  if (!found?.isFile()) return null;
  return {
    bytes: Number(found.size),
    inode: String(found.ino),
    mtimeNs: String(found.mtimeNs),
    ctimeNs: String(found.ctimeNs),
  };
}

async function readSeal(path: string): Promise<Seal | null> {
  try {
    return sealSchema.parse(JSON.parse(await readRegular(sealPath(path))));
  } catch {
    return null;
  }
}

const writeSeal = (path: string, seal: Seal) =>
  writeInCache(sealPath(path), (file) => file.writeFile(`${JSON.stringify(seal, null, 2)}\n`));
