/**
 * Broken models, made of sound ones: bytes flipped, cut off, added and copied, and fields of the FlatBuffer changed where they
 * lie (offsets and lengths too) or in the model that was read, which is then written again. The same seed makes the same one.
 */
import { parseModel } from '../../src/models/read-model.js';
import { memoryBlob } from '../../src/models/schema/blob.js';
import {
  BYTES,
  complete,
  type Field,
  type NumberType,
  type Table,
} from '../../src/models/schema/spec.js';
import { MODEL, type Model } from '../../src/models/schema/tables.js';
import { modelBytes } from './engine.js';

export interface Base {
  name: string;
  bytes: Buffer;
}

export interface Mutant {
  base: string;
  seed: number;
  /** What was done to the base, in words. */
  change: string;
  bytes: Buffer;
}

export function mutate(base: Base, seed: number): Mutant {
  const dice = new Dice(seed);
  const { change, bytes } = dice.weighted(KINDS)(base, dice);
  return { base: base.name, seed, change, bytes };
}

type Changed = Pick<Mutant, 'change' | 'bytes'>;
type Kind = (base: Base, dice: Dice) => Changed;

/** Numbers that follow from a seed (Mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1);
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * count);
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let left = this.below(items.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, item] of items) {
      if (left < weight) return item;
      left -= weight;
    }
    throw new Error('no weights');
  }

  /** Of one of the groups, each as likely as any other: fields that occur often don't hide the rare ones. */
  ofGroups<T extends { group: string }>(items: readonly T[]): T {
    const groups = new Map<string, T[]>();
    for (const item of items) {
      const known = groups.get(item.group);
      if (known) known.push(item);
      else groups.set(item.group, [item]);
    }
    return this.of(this.of([...groups.values()]));
  }
}

const KINDS: readonly (readonly [number, Kind])[] = [
  [8, flipBits],
  [4, truncate],
  [3, append],
  [5, copyBlock],
  [35, overwriteField],
  [45, changeModel],
];

function flipBits({ bytes }: Base, dice: Dice): Changed {
  const changed = Buffer.from(bytes);
  const at = Array.from({ length: 1 + dice.below(4) }, () => dice.below(8 * bytes.length));
  for (const bit of at) changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
  return { change: `bits ${at.join(', ')} flipped`, bytes: changed };
}

function truncate({ bytes }: Base, dice: Dice): Changed {
  const length = dice.below(bytes.length);
  return { change: `cut off after ${length} bytes`, bytes: Buffer.from(bytes.subarray(0, length)) };
}

function append({ bytes }: Base, dice: Dice): Changed {
  const more = Buffer.from(Array.from({ length: 1 + dice.below(64) }, () => dice.below(256)));
  return { change: `${more.length} bytes appended`, bytes: Buffer.concat([bytes, more]) };
}

function copyBlock({ bytes }: Base, dice: Dice): Changed {
  const changed = Buffer.from(bytes);
  const length = 4 * (1 + dice.below(8));
  const [from, to] = [0, 0].map(() => 4 * dice.below(Math.max(1, (bytes.length - length) >> 2)));
  bytes.copy(changed, to, from, (from as number) + length);
  return { change: `${length} bytes of ${from} copied to ${to}`, bytes: changed };
}

/** A number of the file: of a field, or of what holds the file together. */
interface Place {
  group: string;
  path: string;
  at: number;
  type: NumberType;
}

function overwriteField({ bytes }: Base, dice: Dice): Changed {
  const changed = Buffer.from(bytes);
  const all = placesOf(bytes);
  const changes = Array.from({ length: dice.of([1, 1, 1, 2]) }, () => {
    const place = dice.ofGroups(all);
    const before = read(changed, place);
    const after =
      place.type === 'f32' ? oddFloat(before, dice) : oddInteger(before, place.type, dice);
    write(changed, place, after);
    return `${place.path} in place: ${before} → ${read(changed, place)}`;
  });
  return { change: changes.join('; '), bytes: changed };
}

function oddInteger(before: number, type: NumberType, dice: Dice): number {
  const bits = 8 * BYTES[type];
  return dice.of([
    ...[0, 1, -1, 2, before + 1, before - 1, before + 4, before - 4, 2 * before, -before],
    ...[2 ** (bits - 1) - 1, -(2 ** (bits - 1)), 2 ** bits - 1, 2 ** Math.min(30, bits - 1)],
    ...[dice.below(8), dice.below(256), dice.below(2 ** Math.min(bits, 32))],
  ]);
}

function oddFloat(before: number, dice: Dice): number {
  return dice.of([
    Number.NaN,
    Infinity,
    -Infinity,
    0,
    -0,
    -1,
    1,
    1e-45,
    1e-38,
    3e38,
    -before,
    2 * before,
  ]);
}

function read(bytes: Buffer, { at, type }: Place): number {
  if (type === 'f32') return bytes.readFloatLE(at);
  if (BYTES[type] === 8) return Number(bytes.readBigInt64LE(at));
  return type.startsWith('i')
    ? bytes.readIntLE(at, BYTES[type])
    : bytes.readUIntLE(at, BYTES[type]);
}

function write(bytes: Buffer, { at, type }: Place, value: number): void {
  if (type === 'f32') {
    bytes.writeFloatLE(value, at);
    return;
  }
  const word = Buffer.alloc(8);
  word.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
  word.copy(bytes, at, 0, BYTES[type]);
}

/** Every number of a sound file. Of large blobs (weights) only the length. */
function placesOf(bytes: Buffer): Place[] {
  const places: Place[] = [];
  const add = (group: string, path: string, at: number, type: NumberType) =>
    places.push({ group, path, at, type });
  const follow = (at: number) => at + bytes.readUInt32LE(at);

  const table = (at: number, fields: Table, path: string) => {
    const vtable = at - bytes.readInt32LE(at);
    const bare = path.replace(/\[\d+\]/g, '[]');
    add('offset of a vtable', `${path}'s offset of the vtable`, at, 'i32');
    const entries = bytes.readUInt16LE(vtable) / 2;
    for (let i = 0; i < entries; i++)
      add(`vtable of ${bare}`, `${path}'s vtable ${i}`, vtable + 2 * i, 'u16');
    const place = (slot: number) => {
      const offset = slot + 2 < entries ? bytes.readUInt16LE(vtable + 4 + 2 * slot) : 0;
      return offset === 0 ? 0 : at + offset;
    };
    let slot = 0;
    for (const [name, field] of Object.entries(fields)) {
      const here = place(slot);
      const own = `${path}.${name}`;
      if (field.kind === 'union') {
        const member = here === 0 ? 0 : bytes.readUInt8(here);
        const value = place(slot + 1);
        const known = Object.values(field.members as Record<string, Table>)[member - 1];
        if (here !== 0) add(`${bare}.${name} member`, `${own}'s member`, here, 'u8');
        if (value !== 0 && known) {
          add('offset', `${own}'s offset`, value, 'u32');
          table(follow(value), known, own);
        }
      } else if (field.kind !== 'skipped' && here !== 0) value(here, field, own, `${bare}.${name}`);
      slot += field.kind === 'union' ? 2 : field.kind === 'skipped' ? field.slots : 1;
    }
  };

  const value = (at: number, field: Field, path: string, group: string) => {
    if (field.kind === 'number') return add(group, path, at, field.type);
    if (field.kind === 'bool' || field.kind === 'enum') return add(group, path, at, 'u8');
    add(`offset of ${group}`, `${path}'s offset`, at, 'u32');
    const target = follow(at);
    if (field.kind === 'table') return table(target, field.table, path);
    const count = bytes.readUInt32LE(target);
    add(`length of ${group}`, `${path}'s length`, target, 'u32');
    const element = (type: NumberType, most: number) => {
      for (let i = 0; i < most; i++)
        add(`elements of ${group}`, `${path}[${i}]`, target + 4 + i * BYTES[type], type);
    };
    if (field.kind === 'numbers') element(field.type, count);
    if (field.kind === 'text') element('u8', count);
    if (field.kind === 'blob' && count <= 64 && count % 4 === 0) element('i32', count / 4);
    if (field.kind === 'tables')
      for (let i = 0; i < count; i++) {
        const item = target + 4 + 4 * i;
        add(`offset into ${group}`, `${path}[${i}]'s offset`, item, 'u32');
        table(follow(item), field.table, `${path}[${i}]`);
      }
  };

  add('offset', "the root's offset", 0, 'u32');
  add('identifier', 'the identifier', 4, 'u32');
  table(follow(0), MODEL, 'model');
  return places;
}

/** A field of a model that was read. */
interface Spot {
  group: string;
  path: string;
  object: Record<string, unknown>;
  name: string;
  field: Field;
}

/** Changes of what a file says, in a file that is sound as a FlatBuffer: fields that the base leaves out are among them. */
function changeModel({ bytes }: Base, dice: Dice): Changed {
  const model = parseModel(Buffer.from(bytes));
  const changes: string[] = [];
  for (let left = dice.of([1, 1, 1, 2, 3]); left > 0; left--) {
    const spot = dice.ofGroups(spotsOf(model));
    const before = show(spot.object[spot.name]);
    spot.object[spot.name] = otherValue(spot.field, spot.object[spot.name], dice);
    changes.push(`${spot.path}: ${before} → ${show(spot.object[spot.name])}`);
  }
  return { change: changes.join('; '), bytes: modelBytes(model) };
}

function spotsOf(model: Model): Spot[] {
  const spots: Spot[] = [];
  const table = (object: Record<string, unknown>, fields: Table, path: string) => {
    for (const [name, field] of Object.entries(fields)) {
      if (field.kind === 'skipped') continue;
      const own = `${path}.${name}`;
      spots.push({ group: own.replace(/\[\d+\]/g, '[]'), path: own, object, name, field });
      const value = object[name] as Record<string, unknown> | null;
      if (field.kind === 'table' && value) table(value, field.table, own);
      if (field.kind === 'union' && value) {
        const { type, value: inner } = value as { type: string; value: Record<string, unknown> };
        table(inner, (field.members as Record<string, Table>)[type] as Table, `${own}(${type})`);
      }
      if (field.kind === 'tables')
        (object[name] as Record<string, unknown>[]).forEach((item, i) => {
          table(item, field.table, `${own}[${i}]`);
        });
    }
  };
  table(model as unknown as Record<string, unknown>, MODEL, 'model');
  return spots;
}

const TEXTS = [
  '',
  'constructor',
  '__proto__',
  'edgetpu-custom-op',
  'FlexErf',
  '\u001b[2J\n=cmd',
  'ü'.repeat(300),
];

function otherValue(field: Field, before: unknown, dice: Dice): unknown {
  switch (field.kind) {
    case 'number':
      return other(before as number, field.type, dice);
    case 'bool':
      return !before;
    case 'enum':
      return dice.of(field.names);
    case 'text':
      return before !== null && dice.below(4) === 0 ? null : dice.of(TEXTS);
    case 'blob': {
      const size = (before as { byteLength: number } | null)?.byteLength ?? 0;
      const length = Math.max(0, dice.of([0, 1, 4, size - 1, size + 4, 2 * size, size]));
      return dice.below(5) === 0 ? null : memoryBlob(new Uint8Array(length).fill(dice.below(256)));
    }
    case 'numbers': {
      const list = otherList(before as number[], dice, () =>
        other(dice.below(4), field.type, dice),
      );
      if (list.length > 0 && dice.below(2) === 0) {
        const i = dice.below(list.length);
        list[i] = other(list[i] as number, field.type, dice);
      }
      return list;
    }
    case 'table':
      return before === null ? complete(field.table as Table, {}) : null;
    case 'tables':
      return otherList(before as object[], dice, () => complete(field.table as Table, {}));
    case 'union': {
      const type = dice.of(Object.keys(field.members));
      const members = field.members as Record<string, Table>;
      return before !== null && dice.below(3) === 0
        ? null
        : { type, value: complete(members[type] as Table, {}) };
    }
    default:
      return before;
  }
}

function other(before: number, type: NumberType, dice: Dice): number {
  if (type === 'f32') return oddFloat(before, dice);
  const after = BigInt(oddInteger(before, type, dice));
  const bits = 8 * BYTES[type];
  return Number(type.startsWith('i') ? BigInt.asIntN(bits, after) : BigInt.asUintN(bits, after));
}

/** One element fewer, more, twice, or elsewhere. */
function otherList<T>(before: readonly T[], dice: Dice, fresh: () => T): T[] {
  const list = [...before];
  const at = dice.below(list.length + 1);
  const way = dice.of(['remove', 'insert', 'repeat', 'swap', 'clear', 'keep']);
  if (way === 'insert' || list.length === 0) list.splice(at, 0, fresh());
  else if (way === 'remove') list.splice(at, 1);
  else if (way === 'repeat') list.push(dice.of(list));
  else if (way === 'swap') list.push(list.splice(dice.below(list.length), 1)[0] as T);
  else if (way === 'clear') list.length = 0;
  return list;
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'number' && !Number.isFinite(v) ? String(v) : v,
  );
  return text === undefined || text.length <= 80 ? String(text) : `${text.slice(0, 77)}…`;
}
