/**
 * Writes a FlatBuffer by its description, with the Builder of the flatbuffers package. Only the structure goes through
 * the builder; blobs are laid out behind it and streamed, so a model of any size is written in a few megabytes of memory.
 */
import { Builder } from 'flatbuffers';
import type { Blob } from './blob.js';
import { BYTES, type Draft, type Field, type NumberType, type Table } from './spec.js';

/** TFLite maps files into memory and reads weights in place: they are aligned to 16 bytes. */
const ALIGNMENT = 16;

export interface Encoded {
  byteLength: number;
  /** The whole file in order. A chunk may be reused by the next: copy what you keep. */
  chunks(): Iterable<Uint8Array>;
}

/** Lays out a file; generated blobs are not generated before `chunks()` comes to them. */
export function encode<T extends Table>(table: T, root: Draft<T>, identifier: string): Encoded {
  const encoder = new Encoder();
  const head = encoder.finish(table, root as DraftObject, identifier);
  const { parts } = encoder;
  return {
    byteLength: head.byteLength + encoder.tailBytes,
    *chunks() {
      yield head;
      for (const { padding, blob } of parts) {
        const prefix = new Uint8Array(padding + 4);
        new DataView(prefix.buffer).setUint32(padding, blob.byteLength, true);
        yield prefix;
        yield* blob.chunks();
      }
    },
  };
}

type DraftObject = Readonly<Record<string, unknown>>;

class Encoder {
  readonly #builder = new Builder(1 << 16);
  readonly parts: { padding: number; blob: Blob }[] = [];
  tailBytes = 0;

  finish(table: Table, root: DraftObject, identifier: string): Uint8Array {
    // Makes the builder's part a multiple of ALIGNMENT long, so that what follows it is aligned when the file is.
    this.#builder.prep(ALIGNMENT, 0);
    this.#builder.finish(this.#table(table, root), identifier);
    return this.#builder.asUint8Array();
  }

  /** FlatBuffers are written inside out: what a table refers to first, then the table. */
  #table(table: Table, object: DraftObject): number {
    const builder = this.#builder;
    const fields = Object.entries(table);
    const offsets = new Map<string, number>();
    for (const [name, field] of fields) {
      const offset = this.#outOfLine(field, object[name]);
      if (offset !== null) offsets.set(name, offset);
    }
    let slots = 0;
    for (const [, field] of fields) slots += slotsOf(field);
    builder.startObject(slots);
    let slot = 0;
    for (const [name, field] of fields) {
      const value = object[name];
      const offset = offsets.get(name);
      if (field.kind === 'union') {
        if (offset !== undefined) {
          const { type } = value as { type: string };
          builder.addFieldInt8(slot, Object.keys(field.members).indexOf(type) + 1, 0);
          builder.addFieldOffset(slot + 1, offset, 0);
        }
      } else if (offset !== undefined) {
        builder.addFieldOffset(slot, offset, 0);
      } else if (value !== undefined && value !== null) {
        this.#inline(slot, field, value);
      }
      slot += slotsOf(field);
    }
    return builder.endObject();
  }

  #inline(slot: number, field: Field, value: unknown): void {
    const builder = this.#builder;
    switch (field.kind) {
      case 'bool':
        builder.addFieldInt8(slot, Number(value), Number(field.default));
        break;
      case 'enum':
        builder.addFieldInt8(
          slot,
          indexIn(field.names, value as string),
          field.names.indexOf(field.default),
        );
        break;
      case 'number': {
        const number = value as number;
        if (field.type === 'f32') builder.addFieldFloat32(slot, number, field.default);
        else if (BYTES[field.type] === 8)
          builder.addFieldInt64(slot, BigInt(number), BigInt(field.default));
        else if (BYTES[field.type] === 4) builder.addFieldInt32(slot, number, field.default);
        else builder.addFieldInt8(slot, number, field.default);
        break;
      }
    }
  }

  /** Writes what lies outside of a table and returns its offset, or null where there is nothing to write. */
  #outOfLine(field: Field, value: unknown): number | null {
    if (value === undefined || value === null) return null;
    switch (field.kind) {
      case 'text':
        return this.#builder.createString(value as string);
      case 'blob':
        return this.#blob(value as Blob);
      case 'table':
        return this.#table(field.table, value as DraftObject);
      case 'numbers': {
        const items = value as readonly number[];
        return items.length === 0 && field.omitEmpty ? null : this.#numbers(field.type, items);
      }
      case 'tables': {
        const items = value as readonly DraftObject[];
        if (items.length === 0 && field.omitEmpty) return null;
        const offsets = items.map((item) => this.#table(field.table, item));
        this.#builder.startVector(4, offsets.length, 4);
        for (const offset of offsets.reverse()) this.#builder.addOffset(offset);
        return this.#builder.endVector();
      }
      case 'union': {
        const { type, value: object } = value as { type: string; value: DraftObject };
        const member = field.members[type];
        if (member === undefined) throw new Error(`${type} is not a member of the union`);
        return this.#table(member, object);
      }
      default:
        return null;
    }
  }

  #numbers(type: NumberType, items: readonly number[]): number {
    const builder = this.#builder;
    builder.startVector(BYTES[type], items.length, BYTES[type]);
    for (let i = items.length - 1; i >= 0; i--) {
      const item = items[i] as number;
      if (type === 'f32') builder.addFloat32(item);
      else if (BYTES[type] === 8) builder.addInt64(BigInt(item));
      else if (BYTES[type] === 4) builder.addInt32(item);
      else if (BYTES[type] === 2) builder.addInt16(item);
      else builder.addInt8(item);
    }
    return builder.endVector();
  }

  /**
   * Reserves a place behind the builder's part. The builder counts offsets backwards from its end, so a place beyond
   * the end is a negative one.
   */
  #blob(blob: Blob): number {
    const lengthAt = alignUp(this.tailBytes + 4) - 4;
    this.parts.push({ padding: lengthAt - this.tailBytes, blob });
    this.tailBytes = lengthAt + 4 + blob.byteLength;
    return -lengthAt;
  }
}

function alignUp(position: number): number {
  return Math.ceil(position / ALIGNMENT) * ALIGNMENT;
}

function slotsOf(field: Field): number {
  if (field.kind === 'skipped') return field.slots;
  return field.kind === 'union' ? 2 : 1;
}

function indexIn(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw new Error(`${name} is not one of ${names.join(', ')}`);
  return index;
}
