/** The shape of objects in files and messages. */
import * as z from 'zod';

/** An object that keeps what it does not know (fields of a later minor version), though its type names only what it does. */
export const open = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject(shape) as unknown as z.ZodObject<Shape>;
