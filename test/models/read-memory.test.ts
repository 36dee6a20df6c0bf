/** Reading a model takes memory in proportion to its file, whatever the file says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it as test } from 'vitest';
import { complete } from '../../src/models/schema/spec.js';
import { MODEL } from '../../src/models/schema/tables.js';
import { isochron, scratch } from '../cli/helpers.js';
import { modelBytes } from './engine.js';

const MB = 1 << 20;
const SIZE = 26 * MB;
/** What decode.ts allows the parts of a file, as a multiple of its size. It was 150 when such files were believed. */
const MOST_TIMES = 24;
/** Its own allowance for small files, and that memory that is no longer used may wait for the collector. */
const MORE = 128 * MB;

/** A graph whose list of tensors holds one tensor `references` times, of `dimensions` dimensions of 0. */
function hostile(references: number, dimensions: number): Buffer {
  const head = modelBytes(
    complete(MODEL, { version: 3, subgraphs: [{ tensors: [{ shape: [1] }] }] }),
  );
  const follow = (at: number) => at + head.readUInt32LE(at);
  const field = (table: number, slot: number) =>
    table + head.readUInt16LE(table - head.readInt32LE(table) + 4 + 2 * slot);
  const graphs = follow(field(follow(0), 2));
  const tensors = field(follow(graphs + 4), 0);
  const list = Math.ceil(head.length / 8) * 8;
  const vtable = list + 8 * Math.ceil((4 + 4 * references) / 8);
  const tensor = vtable + 8;
  const shape = tensor + 8;
  const bytes = Buffer.alloc(shape + 4 + 4 * dimensions);
  head.copy(bytes);
  bytes.writeUInt32LE(list - tensors, tensors);
  bytes.writeUInt32LE(references, list);
  for (let i = 0, at = list + 4; i < references; i++, at += 4) bytes.writeUInt32LE(tensor - at, at);
  bytes.writeUInt16LE(6, vtable); // one field: the shape, behind the table's offset of this
  bytes.writeUInt16LE(8, vtable + 2);
  bytes.writeUInt16LE(4, vtable + 4);
  bytes.writeInt32LE(tensor - vtable, tensor);
  bytes.writeUInt32LE(4, tensor + 4);
  bytes.writeUInt32LE(dimensions, shape);
  return bytes;
}

/** Most memory that `models inspect` had at once, and what it said. */
async function inspect(bytes: Buffer): Promise<{ memory: number; stderr: string }> {
  const path = join(scratch(), 'hostile.tflite');
  writeFileSync(path, bytes);
  const tell = `process.on('exit',()=>process._rawDebug('kB='+process.resourceUsage().maxRSS))`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(tell)}`;
  const { stderr } = await isochron(['models', 'inspect', path], { env: { NODE_OPTIONS } });
  return { memory: 1024 * Number(/kB=(\d+)/.exec(stderr)?.[1]), stderr };
}

test.each<[string, number, number, RegExp]>([
  ['one tensor in millions of places', SIZE / 4, 0, /without end/],
  ['one long shape in a thousand places', 1000, SIZE / 4, /without end/],
  ['one tensor of millions of dimensions', 1, SIZE / 4, /^kB/],
])('a file of 26 MB with %s', async (_, references, dimensions, said) => {
  const small = await inspect(hostile(1, 1));
  const { memory, stderr } = await inspect(hostile(references, dimensions));
  expect(stderr).toMatch(said);
  expect(memory - small.memory).toBeLessThan(MOST_TIMES * SIZE + MORE);
});
