/**
 * A small language to describe FlatBuffers tables as data. From one description follow the checked reader (decode.ts),
 * the writer (encode.ts) and the TypeScript types. A table's fields are listed in the order of their schema numbers.
 */
import type { Blob } from './blob.js';

export type NumberType = 'i8' | 'u8' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32';

export const BYTES: Record<NumberType, 1 | 2 | 4 | 8> = {
  i8: 1,
  u8: 1,
  u16: 2,
  i32: 4,
  u32: 4,
  i64: 8,
  u64: 8,
  f32: 4,
};

export interface NumberField {
  kind: 'number';
  type: NumberType;
  default: number;
}
export interface BoolField {
  kind: 'bool';
  default: boolean;
}
export interface EnumField<N extends string = string> {
  kind: 'enum';
  /** Names by value. */
  names: readonly N[];
  default: N;
}
export interface TextField {
  kind: 'text';
}
/** A vector of bytes that stays where it is until somebody reads it; aligned to 16 as TFLite asks. */
export interface BlobField {
  kind: 'blob';
}
export interface NumbersField {
  kind: 'numbers';
  type: NumberType;
  /** An empty vector is left out when written (absent and empty mean the same). */
  omitEmpty: boolean;
}
export interface TableField<T = unknown> {
  kind: 'table';
  table: T;
}
export interface TablesField<T = unknown> {
  kind: 'tables';
  table: T;
  omitEmpty: boolean;
}
/** Takes two field numbers: the member's number (1 = first; 0 = none), then the table. */
export interface UnionField<M = unknown> {
  kind: 'union';
  members: M;
}
/** Field numbers that we neither read nor write. */
export interface SkippedField {
  kind: 'skipped';
  slots: number;
}

export type Field =
  | NumberField
  | BoolField
  | EnumField
  | TextField
  | BlobField
  | NumbersField
  | TableField<Table>
  | TablesField<Table>
  | UnionField<Members>
  | SkippedField;

export interface Table {
  readonly [field: string]: Field;
}
export interface Members {
  readonly [name: string]: Table;
}

export const i8 = (d = 0): NumberField => ({ kind: 'number', type: 'i8', default: d });
export const i32 = (d = 0): NumberField => ({ kind: 'number', type: 'i32', default: d });
export const u32 = (d = 0): NumberField => ({ kind: 'number', type: 'u32', default: d });
export const i64 = (d = 0): NumberField => ({ kind: 'number', type: 'i64', default: d });
export const u64 = (d = 0): NumberField => ({ kind: 'number', type: 'u64', default: d });
export const f32 = (d = 0): NumberField => ({ kind: 'number', type: 'f32', default: d });
export const bool = (d = false): BoolField => ({ kind: 'bool', default: d });
export const text = (): TextField => ({ kind: 'text' });
export const blob = (): BlobField => ({ kind: 'blob' });
export const skipped = (slots = 1): SkippedField => ({ kind: 'skipped', slots });
export const oneOf = <N extends string>(names: readonly N[], d?: N): EnumField<N> => ({
  kind: 'enum',
  names,
  default: d ?? (names[0] as N),
});
export const numbers = (type: NumberType): NumbersField => ({
  kind: 'numbers',
  type,
  omitEmpty: false,
});
export const optionalNumbers = (type: NumberType): NumbersField => ({
  kind: 'numbers',
  type,
  omitEmpty: true,
});
export const child = <T>(table: T): TableField<T> => ({ kind: 'table', table });
export const children = <T>(table: T): TablesField<T> => ({
  kind: 'tables',
  table,
  omitEmpty: false,
});
export const optionalChildren = <T>(table: T): TablesField<T> => ({
  kind: 'tables',
  table,
  omitEmpty: true,
});
export const union = <M>(members: M): UnionField<M> => ({ kind: 'union', members });

/** The plain object that a table is read into: every field present, absent ones as their default, [] or null. */
export type Read<T> = {
  -readonly [K in keyof T as T[K] extends SkippedField ? never : K]: ReadField<T[K]>;
};
type ReadField<F> =
  F extends EnumField<infer N>
    ? N
    : F extends NumberField
      ? number
      : F extends BoolField
        ? boolean
        : F extends TextField
          ? string | null
          : F extends BlobField
            ? Blob | null
            : F extends NumbersField
              ? number[]
              : F extends TableField<infer T>
                ? Read<T> | null
                : F extends TablesField<infer T>
                  ? Read<T>[]
                  : F extends UnionField<infer M>
                    ? ReadUnion<M> | null
                    : never;
type ReadUnion<M> = { [K in keyof M]: { type: K; value: Read<M[K]> } }[keyof M];

/** The same for writing: whatever is left out gets its default. */
export type Draft<T> = {
  -readonly [K in keyof T as T[K] extends SkippedField ? never : K]?: DraftField<T[K]>;
};
type DraftField<F> =
  F extends TableField<infer T>
    ? Draft<T> | null
    : F extends TablesField<infer T>
      ? readonly Draft<T>[]
      : F extends UnionField<infer M>
        ? { [K in keyof M]: { type: K; value: Draft<M[K]> } }[keyof M] | null
        : F extends NumbersField
          ? readonly number[]
          : ReadField<F>;

/** A draft with everything that it leaves out set to its default: what reading it back would give. */
export function complete<T extends Table>(table: T, draft: Draft<T>): Read<T> {
  const given = draft as Readonly<Record<string, unknown>>;
  const object: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table as Table))
    if (field.kind !== 'skipped') object[name] = completeField(field, given[name]);
  return object as Read<T>;
}

function completeField(field: Exclude<Field, SkippedField>, value: unknown): unknown {
  switch (field.kind) {
    case 'number':
    case 'bool':
    case 'enum':
      return value ?? field.default;
    case 'numbers':
      return [...((value ?? []) as number[])];
    case 'text':
    case 'blob':
      return value ?? null;
    case 'table':
      return value ? complete(field.table, value) : null;
    case 'tables':
      return ((value ?? []) as object[]).map((item) => complete(field.table, item));
    case 'union': {
      if (!value) return null;
      const { type, value: object } = value as { type: string; value: object };
      return { type, value: complete(field.members[type] as Table, object) };
    }
  }
}
