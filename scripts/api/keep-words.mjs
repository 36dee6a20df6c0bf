// What stands at the fields of a schema in src/, for editors: TypeScript leaves it out of the declarations of a type that is
// inferred, and a hover over a field of a definition or a result would say nothing. Puts it back into the declarations of dist/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API, SymbolFlags } from 'typescript/unstable/sync';

const DECLARED = /^(?:export )?declare const (\w+): /;
const FIELD = /^((?: {4})+)(?:readonly )?(\w+)\??: /;

/**
 * @param {string} root of the package
 * @param {string} dist where its declarations are
 */
export function keepWords(root, dist) {
  const api = new API({ cwd: root });
  try {
    const config = join(root, 'tsconfig.build.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.d.ts'))) {
      const path = join(dist, file);
      const text = readFileSync(path, 'utf8');
      const source = project.program.getSourceFile(
        join(root, 'src', file.replace(/\.d\.ts$/, '.ts')),
      );
      if (source === undefined || !/declare const \w+: .*\{$/m.test(text)) continue;
      writeFileSync(
        path,
        withWords(text, (name) => wordsOf(project.checker, name, source)),
      );
    }
  } finally {
    api.close();
  }
}

/** The text of declarations with a comment before each field of a constant of which `words` knows one, by the way to it. */
function withWords(text, words) {
  let known = new Map();
  const way = [];
  return text
    .split('\n')
    .flatMap((line) => {
      const [, name] = DECLARED.exec(line) ?? [];
      if (name !== undefined) known = line.endsWith('{') ? words(name) : new Map();
      const [, indent, field] = FIELD.exec(line) ?? [];
      if (field === undefined) return [line];
      way.length = indent.length / 4 - 1;
      way.push(field);
      const said = known.get(way.join('.'));
      return said === undefined ? [line] : [...comment(said, indent), line];
    })
    .join('\n');
}

const comment = (said, indent) =>
  said.includes('\n')
    ? [
        `${indent}/**`,
        ...said.split('\n').map((one) => `${indent} * ${one}`.trimEnd()),
        `${indent} */`,
      ]
    : [`${indent}/** ${said} */`];

function wordsOf(checker, name, source) {
  const found = new Map();
  const symbol = checker.resolveName(name, SymbolFlags.Variable, source);
  if (symbol !== undefined) gather(checker, checker.getTypeOfSymbol(symbol), '', found, 0);
  return found;
}

/** Fields may be deep in a schema: of what a list, an optional or a union is made of. */
function gather(checker, type, way, found, depth) {
  if (type === undefined || depth > 40) return;
  if (type.isUnionType() || type.isIntersectionType()) {
    for (const part of type.getTypes()) gather(checker, part, way, found, depth + 1);
    if (type.isUnionType()) return;
  }
  if (type.isTypeReference()) {
    for (const part of checker.getTypeArguments(type)) gather(checker, part, way, found, depth + 1);
    return;
  }
  if (!type.isObjectType() && !type.isIntersectionType()) return;
  if (type.isObjectType() && type.isClassOrInterface()) return;
  for (const property of checker.getPropertiesOfType(type)) {
    const [declaration] = property.declarations;
    if (declaration !== undefined && String(declaration.path).includes('node_modules')) continue;
    const to = way === '' ? property.name : `${way}.${property.name}`;
    const said = checker.getDocumentationCommentOfSymbol(property);
    if (said !== '' && !found.has(to)) found.set(to, said);
    gather(checker, checker.getTypeOfSymbol(property), to, found, depth + 1);
  }
}
