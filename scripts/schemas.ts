// The JSON Schemas of docs/schemas, made of the schemas that read and write the files: `npm run schemas`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { COUNTED_COLUMNS, type Column, JOB_COLUMNS } from '../src/formats/extended.js';
import { manifestSchema } from '../src/formats/manifest.js';
import { LATER_FIELDS, sidecarSchema } from '../src/formats/sidecar-shape.js';

export const FOLDER = join(import.meta.dirname, '..', 'docs', 'schemas');

const isTable = (additional: unknown) =>
  typeof additional === 'object' && additional !== null && Object.keys(additional).length > 0;

interface Node {
  properties?: Record<string, Node>;
  required?: string[];
  items?: Node;
  anyOf?: Node[];
}

/** The field at a path need not be there. */
function leaveOut(node: Node, [name, ...deeper]: string[], path: string): void {
  const nodes = [node, ...(node.anyOf ?? [])];
  const inner = nodes.flatMap(({ properties, items }) => {
    const next = name === '[]' ? items : properties?.[name ?? ''];
    return next === undefined ? [] : [next];
  });
  if (inner.length === 0) throw new Error(`There is no field ${path}.`);
  for (const next of deeper.length > 0 ? inner : []) leaveOut(next, deeper, path);
  if (deeper.length > 0) return;
  for (const one of nodes)
    if (one.required) one.required = one.required.filter((needed) => needed !== name);
}

/** What is said of a field by how it is read is no word on how it is written. */
function text(
  title: string,
  schema: z.ZodType,
  io: 'input' | 'output',
  later: readonly string[] = [],
): string {
  const made = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      delete jsonSchema.default;
      // fields that a later minor version adds; of a table it says what stands in it
      if (!isTable(jsonSchema.additionalProperties)) delete jsonSchema.additionalProperties;
    },
  });
  for (const path of later) leaveOut(made as Node, path.split('.'), path);
  return `${JSON.stringify({ title, ...made }, null, 2)}\n`;
}

/** A Table Schema (specs.frictionlessdata.io/table-schema) of the columns that every CSV has; what a run adds is told by words. */
function tableSchema(): string {
  const TYPES = {
    count: 'integer',
    instant: 'integer',
    time: 'integer',
    flag: 'integer',
    number: 'number',
  };
  const field = ({ name, kind, means, always }: Column) => ({
    name,
    type: TYPES[kind],
    description:
      kind === 'instant'
        ? `${means}, ns of CLOCK_MONOTONIC`
        : kind === 'time'
          ? `${means}, ns`
          : means,
    constraints: {
      required: always === true,
      ...(kind === 'flag' ? { enum: [0, 1] } : {}),
    },
  });
  const schema = {
    title: 'The CSV of a run of isochron (--format extended)',
    description:
      'Between core and the first metric of the counters stands a column (integer) for each event of the run, after counter_scale one (number) for each extra metric of the workload.',
    fields: [...JOB_COLUMNS, ...COUNTED_COLUMNS].map(field),
    missingValues: [''],
    primaryKey: 'job',
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

export const schemas = () => ({
  'run.csv.json': tableSchema(),
  'run.schema.json': text('The JSON of a run of isochron', sidecarSchema, 'input', LATER_FIELDS),
  'manifest.schema.json': text('manifest.json of a sweep of isochron', manifestSchema, 'output'),
});

if (process.argv[1] === import.meta.filename)
  for (const [name, schema] of Object.entries(schemas())) writeFileSync(join(FOLDER, name), schema);
