/**
 * A reader that is made of a file's schema and takes what it can: what is missing or of another shape is null (a list: empty),
 * so that one odd field hides no other. What makes an entry of a list, its fields that are never null, has to be there:
 * otherwise the list counts as absent. A word that is one of several may be another: a later minor version knows more of them.
 */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';

type Scalar = string | number | bigint | boolean;
type Entry<T> = T extends object
  ? { [K in keyof T]: T[K] extends Scalar ? Exclude<Lenient<T[K]>, null> : Lenient<T[K]> }
  : T;
type Lists<T> = T extends readonly (infer Item)[] ? Entry<Item>[] : never;
type Scalars<T> = T extends object ? never : T extends string ? string : T;
type Objects<T> = T extends readonly unknown[] ? never : T extends object ? T : never;
type Keys<T> = T extends unknown ? keyof T : never;
type At<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;
/** The fields of all alternatives together, those that all have first; a table by names is kept or dropped as a whole. */
type Merged<T> = [T] extends [never]
  ? never
  : string extends keyof T
    ? T
    : [Keys<T>] extends [keyof T]
      ? { [K in keyof T]: Lenient<T[K]> } // so written, an editor finds the words that stand at a field
      : { [K in keyof T & Keys<T>]: Lenient<At<T, K>> } & {
          [K in Exclude<Keys<T>, keyof T>]?: Lenient<At<T, K>>;
        };

/** A field of a file as it is read: null for what is missing or of another shape. */
export type Lenient<T> =
  | Lists<T>
  | Scalars<T>
  | Merged<Objects<T>>
  | (T extends readonly unknown[] ? never : null);

/** As `Omit`, which loses the words that stand at the fields. */
type Without<T, Names> = { [K in keyof T as K extends Names ? never : K]: T[K] };

/** @param exact fields that are read by these schemas instead */
export const lenient = <
  Schema extends z.ZodObject,
  Exact extends z.ZodRawShape = Record<never, z.ZodType>,
>(
  schema: Schema,
  exact?: Exact,
) =>
  open({ ...mapped(schema.shape, field), ...exact }) as unknown as z.ZodType<
    Without<NonNullable<Lenient<z.output<Schema>>>, keyof Exact> & z.output<z.ZodObject<Exact>>
  >;

const mapped = (shape: z.ZodRawShape, to: (schema: z.ZodType) => z.ZodType) =>
  Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [name, to(schema as z.ZodType)]),
  );

function field(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodArray) return whole(schema).catch([]);
  const here = whole(bare(schema)).nullable();
  // what may be left out stays out
  return (isOptional(schema) ? here.optional() : here).catch(null);
}

/** What it is when it is there. */
function whole(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodArray) return z.array(entry(schema.element as z.ZodType));
  if (schema instanceof z.ZodObject) return open(mapped(schema.shape, field));
  if (schema instanceof z.ZodDiscriminatedUnion)
    return open(mapped(merged(schema.options as z.ZodObject[]), field));
  if (schema instanceof z.ZodEnum || isWord(schema)) return z.string();
  return schema;
}

function entry(schema: z.ZodType): z.ZodType {
  if (!(schema instanceof z.ZodObject)) return schema;
  return open(mapped(schema.shape, (one) => (isScalar(one) ? whole(one) : field(one))));
}

const isWord = (schema: z.ZodType) =>
  schema instanceof z.ZodLiteral && [...schema.values].every((value) => typeof value === 'string');

const isScalar = (schema: z.ZodType) =>
  bare(schema) === schema &&
  ![z.ZodArray, z.ZodObject, z.ZodDiscriminatedUnion].some((kind) => schema instanceof kind);

const isOptional = (schema: z.ZodType) =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional;

const bare = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodNullable || isOptional(schema)
    ? bare((schema as z.ZodNullable<z.ZodType>).unwrap())
    : schema;

function merged(options: readonly z.ZodObject[]): z.ZodRawShape {
  const alike = new Map<string, z.ZodType[]>();
  for (const { shape } of options)
    for (const [name, schema] of Object.entries(shape))
      alike.set(name, [...(alike.get(name) ?? []), schema as z.ZodType]);
  return Object.fromEntries(
    [...alike].map(([name, schemas]) => {
      const any = z.union(schemas.map((schema) => whole(bare(schema))));
      return [name, schemas.length === options.length ? any : any.optional()];
    }),
  );
}
