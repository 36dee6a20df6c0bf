/** Records as they lie in memory: a list of fields here, the same list in native/src/record, and the two held equal on loading. */

/** `instant` is a u64 that is read as a BigInt: uptimes beyond 104 days exceed 2^53 ns, and ticks do sooner. */
export type FieldType = 'u64' | 'instant' | 'f64' | 'u32' | 'i32';

/** A figure of each job that becomes a column of its name, a sum of the summary, and stands with the first job. */
export interface Summed<Type extends FieldType = FieldType> {
  summed: Type;
}

export const summed = <Type extends FieldType>(type: Type): Summed<Type> => ({ summed: type });

/** Types by name, in the order in which they lie; a pair is an array of so many. */
export type FieldList = Readonly<Record<string, FieldType | Summed | readonly [FieldType, number]>>;

/** Of a field: its name, its type in C++, how many of them, and the offset of the first in bytes. */
export type FieldPlace = readonly [name: string, type: string, count: number, offset: number];

/** What the addon tells of a record, and what follows from the list here. */
export interface RecordLayout {
  bytes: number;
  fields: readonly FieldPlace[];
}

const BYTES = { u64: 8, instant: 8, f64: 8, u32: 4, i32: 4 } as const;

/**
 * The list as a C++ compiler lays a struct of these members out. All of its fields are little-endian.
 *
 * @returns the layout, and the offset of each field by its name
 */
export function layOut<Fields extends FieldList>(
  fields: Fields,
): RecordLayout & { offsets: Readonly<Record<keyof Fields, number>> } {
  const offsets: Record<string, number> = {};
  const places: FieldPlace[] = [];
  let end = 0;
  for (const [name, field] of Object.entries(fields)) {
    const [type, count] = typeAndCount(field);
    const bytes = BYTES[type];
    const offset = Math.ceil(end / bytes) * bytes;
    offsets[name] = offset;
    places.push([name, type === 'instant' ? 'u64' : type, count, offset]);
    end = offset + bytes * count;
  }
  return {
    bytes: Math.ceil(end / 8) * 8,
    fields: places,
    offsets: offsets as Record<keyof Fields, number>,
  };
}

function typeAndCount(field: FieldList[string]): readonly [FieldType, number] {
  if (typeof field === 'string') return [field, 1];
  return 'summed' in field ? [field.summed, 1] : field;
}

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

type Scalar<Field> = Field extends 'instant' ? bigint : number;

/** The fields that are no arrays, by their names in TypeScript. */
export type Scalars<Fields extends FieldList> = {
  -readonly [Name in keyof Fields & string as Fields[Name] extends readonly unknown[]
    ? never
    : Camel<Name>]: Scalar<Fields[Name]>;
};

/** Those that are summed. */
export type SummedKey<Fields extends FieldList> = {
  [Name in keyof Fields & string]: Fields[Name] extends Summed ? Camel<Name> : never;
}[keyof Fields & string];

export const summedFields = <Fields extends FieldList>(fields: Fields) =>
  Object.entries(fields)
    .filter(([, field]) => typeof field === 'object' && 'summed' in field)
    .map(([column]) => ({ column, key: camel(column) as SummedKey<Fields> }));

/** `release_ns` → `releaseNs`. */
const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
