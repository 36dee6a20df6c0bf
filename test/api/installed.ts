/** A project that has installed isochron, and programs in it as somebody else would write them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../cli/helpers.js';

const root = join(import.meta.dirname, '..', '..');

/** @returns its folder */
export function projectWith(programs: Readonly<Record<string, string>>): string {
  const project = scratch();
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  symlinkSync(root, join(modules, 'isochron'));
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'));
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(project, name), text);
  return project;
}
