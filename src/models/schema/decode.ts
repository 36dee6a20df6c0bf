/**
 * Reads a FlatBuffer by its description and checks it on the way: every offset and length before it is used, so that a
 * truncated or damaged file ends in one `FormatError`, never in a crash or an endless loop. (The accessors of the
 * flatbuffers package trust their input, and need the whole file in memory.) Alignment is asked for where the engine's own
 * check asks for it: of offsets, tables and vectors, not of numbers, which some writers leave misaligned.
 */
import type { Blob } from './blob.js';
import type { ByteSource } from './source.js';
import { BYTES, type Field, type Members, type NumberType, type Read, type Table } from './spec.js';

/** `truncated`: something lies beyond the end of the file. `foreign`: it is a file of another kind. */
type Fault = 'damaged' | 'truncated' | 'foreign';

/** What is wrong with the bytes. */
export class FormatError extends Error {
  readonly fault: Fault;
  constructor(message: string, fault: Fault = 'damaged') {
    super(message);
    this.fault = fault;
  }
}

/**
 * Reads the root table.
 *
 * @throws FormatError when the bytes are not a sound FlatBuffer of this description
 */
export function decode<T extends Table>(source: ByteSource, table: T, identifier: string): Read<T> {
  const decoder = new Decoder(source);
  if (source.size < 8) throw new FormatError(`it ends after ${source.size} bytes`, 'truncated');
  const found = String.fromCharCode(...source.read(4, 4));
  if (found !== identifier) throw new FormatError(`its identifier is not ${identifier}`, 'foreign');
  return decoder.table(decoder.follow(0), table) as Read<T>;
}

class Decoder {
  /**
   * Tables and vectors may be shared, and the smallest table is a hundred times larger in memory than in the file, so a
   * small file can describe a huge structure. What is read may take memory in proportion to the file's structure: the
   * factor is twice what converters' files ask for, and the rest leaves room for small files.
   */
  #budget: number;

  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#budget = MEMORY_FACTOR * source.size + MEMORY_FREE;
  }

  /** The table at `at` as a plain object. */
  table(at: number, table: Table): Record<string, unknown> {
    this.#align(at, 4);
    const vtable = at - this.#number('i32', at);
    this.#align(vtable, 2);
    this.#need(vtable, 4);
    const vtableBytes = this.#number('u16', vtable);
    const tableBytes = this.#number('u16', vtable + 2);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0 || tableBytes < 4)
      throw new FormatError(`the table at byte ${at} has an impossible size`);
    this.#need(vtable, vtableBytes);
    this.#need(at, tableBytes);
    this.#spend(TABLE_MEMORY + FIELD_MEMORY * Object.keys(table).length);

    /** Position of a field's value, or 0 when it is absent. */
    const locate = (slot: number, bytes: number): number => {
      const entry = 4 + 2 * slot;
      if (entry >= vtableBytes) return 0;
      const offset = this.#number('u16', vtable + entry);
      if (offset === 0) return 0;
      if (offset < 4 || offset + bytes > tableBytes)
        throw new FormatError(`a field of the table at byte ${at} lies outside of it`);
      return at + offset;
    };

    const object: Record<string, unknown> = {};
    let slot = 0;
    for (const [name, field] of Object.entries(table)) {
      if (field.kind === 'skipped') {
        slot += field.slots;
      } else if (field.kind === 'union') {
        const member = locate(slot, 1);
        object[name] = this.#union(
          field.members,
          member ? this.#number('u8', member) : 0,
          locate(slot + 1, 4),
        );
        slot += 2;
      } else {
        object[name] = this.#field(field, locate(slot, inlineBytes(field)));
        slot += 1;
      }
    }
    return object;
  }

  #field(field: Exclude<Field, { kind: 'union' | 'skipped' }>, at: number): unknown {
    switch (field.kind) {
      case 'number':
        return at ? this.#number(field.type, at) : field.default;
      case 'bool':
        return at ? this.#number('u8', at) !== 0 : field.default;
      case 'enum': {
        if (!at) return field.default;
        const value = this.#number('i8', at);
        const name = field.names[value];
        if (name === undefined)
          throw new FormatError(`byte ${at} holds ${value}, which is no ${enumTitle(field.names)}`);
        return name;
      }
      case 'text':
        return at ? this.#text(this.follow(at)) : null;
      case 'blob':
        return at ? this.#blob(this.follow(at)) : null;
      case 'numbers':
        return at ? this.#numbers(this.follow(at), field.type) : [];
      case 'table':
        return at ? this.table(this.follow(at), field.table) : null;
      case 'tables':
        return at ? this.#tables(this.follow(at), field.table) : [];
    }
  }

  #union(members: Members, number: number, at: number): unknown {
    const entry = Object.entries(members)[number - 1];
    if (at === 0) return null;
    const content = this.follow(at); // the engine checks where it leads, whatever it is
    // A member that this description does not know comes from a newer schema: its content is left alone.
    return entry === undefined ? null : { type: entry[0], value: this.table(content, entry[1]) };
  }

  #tables(at: number, table: Table): unknown[] {
    const count = this.#vector(at, 4);
    this.#spend(ELEMENT_MEMORY * count);
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(this.table(this.follow(at + 4 + 4 * i), table));
    return items;
  }

  #numbers(at: number, type: NumberType): number[] {
    const count = this.#vector(at, BYTES[type]);
    this.#spend(ELEMENT_MEMORY * count);
    // Growing by push takes half as much again, and leaves copies behind.
    const items = new Array<number>(Math.min(count, MOST_AT_ONCE));
    for (let i = 0; i < count; i++) items[i] = this.#number(type, at + 4 + i * BYTES[type]);
    return items;
  }

  #text(at: number): string {
    const length = this.#vector(at, 1);
    this.#spend(length);
    // The engine refuses a text without its final 0.
    if (this.#number('u8', at + 4 + length) !== 0)
      throw new FormatError(`the text at byte ${at} does not end where it should`);
    return UTF8.decode(this.#source.read(at + 4, length));
  }

  #blob(at: number): Blob {
    return this.#source.blob(at + 4, this.#vector(at, 1));
  }

  /** Checks a vector and returns its length in elements. */
  #vector(at: number, elementBytes: number): number {
    this.#align(at, 4);
    const count = this.#number('u32', at);
    this.#need(at + 4, count * elementBytes);
    return count;
  }

  /** The position that the offset at `at` refers to. */
  follow(at: number): number {
    this.#align(at, 4);
    const offset = this.#number('u32', at);
    if (offset === 0) throw new FormatError(`the offset at byte ${at} refers to itself`);
    this.#need(at + offset, 4);
    return at + offset;
  }

  #number(type: NumberType, at: number): number {
    const bytes = BYTES[type];
    this.#need(at, bytes);
    const { view, start } = this.#source.page(at);
    switch (type) {
      case 'i8':
        return view.getInt8(at - start);
      case 'u8':
        return view.getUint8(at - start);
      case 'u16':
        return view.getUint16(at - start, true);
      case 'i32':
        return view.getInt32(at - start, true);
      case 'u32':
        return view.getUint32(at - start, true);
      case 'i64':
        return Number(view.getBigInt64(at - start, true));
      case 'u64':
        return Number(view.getBigUint64(at - start, true));
      case 'f32':
        return view.getFloat32(at - start, true);
    }
  }

  #need(at: number, bytes: number): void {
    if (at < 0) throw new FormatError('an offset points before the start of the file');
    if (at + bytes > this.#source.size)
      throw new FormatError(
        `it refers to byte ${at + bytes - 1}, but ends after ${this.#source.size} bytes`,
        'truncated',
      );
  }

  #align(at: number, bytes: number): void {
    if (at % bytes !== 0)
      throw new FormatError(`what stands at byte ${at} should stand at a multiple of ${bytes}`);
  }

  #spend(bytes: number): void {
    this.#budget -= bytes;
    if (this.#budget < 0) throw new FormatError('its parts refer to each other without end');
  }
}

const UTF8 = new TextDecoder();

/** Bytes of memory (measured on V8) of an object, of each of its fields with what an empty one holds, of an element. */
const TABLE_MEMORY = 100;
const FIELD_MEMORY = 40;
const ELEMENT_MEMORY = 8;
/** Beyond it V8 makes a dictionary of an array that is created with its length. */
const MOST_AT_ONCE = 1 << 25;
const MEMORY_FACTOR = 24;
const MEMORY_FREE = 1 << 24;

function inlineBytes(field: Field): number {
  if (field.kind === 'number') return BYTES[field.type];
  return field.kind === 'bool' || field.kind === 'enum' ? 1 : 4;
}

function enumTitle(names: readonly string[]): string {
  return names.includes('FLOAT32') ? 'known tensor type' : `${names[0]}, ${names[1]}, …`;
}
