// What `import … from 'isochron'` offers, as plain data: every export of an entry with its doc comment, and every property of every
// type that one can get hold of. Read by TypeScript's own API, as an editor reads it for a hover.
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  API,
  NodeBuilderFlags,
  SignatureKind,
  SymbolFlags,
  TypeFlags,
} from 'typescript/unstable/sync';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const AS_TEXT = NodeBuilderFlags.NoTruncation | NodeBuilderFlags.UseAliasDefinedOutsideCurrentScope;
const isAbsent = ({ flags }) =>
  (flags & (TypeFlags.Undefined | TypeFlags.Null | TypeFlags.Void)) !== 0;

/**
 * Reads the declarations of dist/, as whoever has installed the package does.
 *
 * @returns {{ name: string, kind: 'function' | 'class' | 'type' | 'constant', doc: string, file: string, exported: boolean,
 *   text: string, tags: { name: string, text: string }[], properties: Property[] }[]}
 *   in the order of their names, the exported ones first
 * @typedef {{ path: string, optional: boolean, text: string, doc: string }} Property
 */
export function readApi() {
  const config = join(root, 'scripts', 'api', 'tsconfig.json');
  const entry = join(root, 'dist', 'index.d.ts');
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    return new Reader(project, entry).read();
  } finally {
    api.close();
  }
}

class Reader {
  #checker;
  #program;
  #entry;
  /** Names of types that have a section of their own, by what they are in full. */
  #named = new Map();
  #queue = [];
  #seen = new Set();

  constructor({ checker, program }, entry) {
    this.#checker = checker;
    this.#program = program;
    this.#entry = entry;
  }

  read() {
    const checker = this.#checker;
    const module = checker.getSymbolAtLocation(this.#program.getSourceFile(this.#entry));
    const exported = checker.getExportsOfModule(module).map((symbol) => ({
      name: symbol.name,
      symbol: symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
    }));
    for (const { name, symbol } of exported) {
      this.#seen.add(symbol.id);
      if (!this.#isType(symbol)) continue;
      const type = checker.getDeclaredTypeOfSymbol(symbol);
      if (this.#isObject(type)) this.#named.set(this.#full(type), name);
    }
    const entries = exported.map(({ name, symbol }) => this.#entryOf(name, symbol, true));
    for (let one = this.#queue.shift(); one !== undefined; one = this.#queue.shift())
      entries.push(this.#entryOf(one.name, one.symbol, false));
    return entries.sort(
      (a, b) => Number(b.exported) - Number(a.exported) || a.name.localeCompare(b.name, 'en'),
    );
  }

  #isType = ({ flags }) =>
    (flags & (SymbolFlags.Interface | SymbolFlags.TypeAlias | SymbolFlags.Class)) !== 0;

  #entryOf(name, symbol, exported) {
    const checker = this.#checker;
    const { flags } = symbol;
    const kind =
      flags & SymbolFlags.Function
        ? 'function'
        : flags & SymbolFlags.Class
          ? 'class'
          : this.#isType(symbol)
            ? 'type'
            : 'constant';
    const type = this.#isType(symbol)
      ? checker.getDeclaredTypeOfSymbol(symbol)
      : checker.getTypeOfSymbol(symbol);
    const common = {
      name,
      kind,
      exported,
      file: relative(join(root, 'dist'), this.#fileOf(symbol)),
      doc: checker.getDocumentationCommentOfSymbol(symbol),
      tags: checker
        .getJsDocTagsOfSymbol(symbol)
        .map(({ name: tag, text }) => ({ name: tag, text: textOf(text) })),
    };
    if (kind === 'function') {
      const [signature] = checker.getSignaturesOfType(type, SignatureKind.Call);
      for (const parameter of signature.getParameters())
        this.#visit(checker.getTypeOfSymbol(parameter));
      this.#visit(checker.getReturnTypeOfSignature(signature));
      return { ...common, text: this.#signature(name, signature), properties: [] };
    }
    const properties = this.#isObject(type) ? this.#propertiesOf(type, '') : [];
    if (kind === 'constant') {
      this.#visit(type);
      const short = this.#short(type);
      return { ...common, text: short === 'object' ? this.#full(type) : short, properties: [] };
    }
    const full = properties.length > 0 ? '' : this.#full(type);
    if (!full.includes('{')) return { ...common, text: full, properties };
    // what it is made of by its name, and not by its own
    this.#named.delete(full);
    const parts = type.isUnionType() ? type.getTypes() : [type];
    return { ...common, text: parts.map((part) => this.#short(part)).join(' | '), properties };
  }

  #fileOf(symbol) {
    const [declaration] = symbol.declarations;
    return declaration === undefined ? '' : String(declaration.path);
  }

  #signature(name, signature) {
    const checker = this.#checker;
    const parameters = signature.getParameters().map((parameter) => {
      const type = checker.getTypeOfSymbol(parameter);
      const optional = isOptional(parameter) || this.#hasDefault(parameter);
      return `${parameter.name}${optional ? '?' : ''}: ${this.#short(optional ? this.#present(type) : type)}`;
    });
    return `${name}(${parameters.join(', ')}): ${this.#short(checker.getReturnTypeOfSignature(signature))}`;
  }

  #hasDefault(parameter) {
    const node = parameter.valueDeclaration?.resolve?.();
    return (
      node !== undefined && (node.initializer !== undefined || node.questionToken !== undefined)
    );
  }

  #present = (type) => this.#checker.getNonNullableType(type) ?? type;

  #full = (type) =>
    this.#checker.typeToString(type, undefined, AS_TEXT | NodeBuilderFlags.InTypeAlias);

  /** As it stands in a table: what has a section of its own by its name, what is told property by property as `object`. */
  #short(type) {
    const checker = this.#checker;
    if (type.flags & TypeFlags.Boolean) return 'boolean';
    if (type.isUnionType()) {
      const text = checker.typeToString(type, undefined, AS_TEXT);
      if (!text.includes('{')) return text;
      const parts = type.getTypes().map((part) => this.#short(part));
      const merged = new Set(
        parts.map((part) => (part === 'true' || part === 'false' ? 'boolean' : part)),
      );
      return [...merged]
        .sort(
          (a, b) =>
            Number(a === 'null' || a === 'undefined') - Number(b === 'null' || b === 'undefined'),
        )
        .join(' | ');
    }
    if (checker.isArrayType(type)) {
      const [element] = checker.getTypeArguments(type);
      const text = this.#short(element);
      return text.includes(' ') ? `(${text})[]` : `${text}[]`;
    }
    const known = this.#isObject(type) ? this.#named.get(this.#full(type)) : undefined;
    if (known !== undefined) return known;
    const text = checker.typeToString(type, undefined, AS_TEXT);
    if (text.includes('{') && type.isTypeReference() && !checker.isTupleType(type)) {
      const parts = checker.getTypeArguments(type).map((part) => this.#short(part));
      return `${type.getSymbol()?.name}<${parts.join(', ')}>`;
    }
    const [index] = text.includes('{') ? (checker.getIndexInfosOfType(type) ?? []) : [];
    if (index !== undefined) return `Record<string, ${this.#short(index.valueType)}>`;
    const own =
      this.#isObject(type) &&
      !this.#nameOf(type) &&
      this.#isOurs(type) &&
      checker.getSignaturesOfType(type, SignatureKind.Call).length === 0;
    return own && text.startsWith('{') ? 'object' : text;
  }

  #isObject = (type) => type.isObjectType() || type.isIntersectionType() || type.isUnionType();

  /** The symbol by which a type is called; undefined for one that is written out. */
  #nameOf(type) {
    const alias = type.getAliasSymbol();
    if (alias !== undefined && this.#isOursSymbol(alias)) return alias;
    const symbol = type.isClassOrInterface() ? type.getSymbol() : undefined;
    return symbol !== undefined && this.#isOursSymbol(symbol) ? symbol : undefined;
  }

  #isOursSymbol = (symbol) => {
    const file = this.#fileOf(symbol);
    return file !== '' && !file.includes('node_modules') && !file.startsWith('bundled:');
  };

  /** Its properties are declared by us, and not by the language or a package. */
  #isOurs(type) {
    const properties = this.#checker.getPropertiesOfType(type);
    // those of a table by names (a Record) have no declaration of their own
    return (
      properties.some((one) => one.declarations.length > 0) &&
      properties.every((one) => one.declarations.length === 0 || this.#isOursSymbol(one))
    );
  }

  /** Looks for types that are written out, and gives those that have a name a section. */
  #visit(type, found = []) {
    const checker = this.#checker;
    if (type === undefined || isAbsent(type)) return found;
    const known = this.#isObject(type) ? this.#named.get(this.#full(type)) : undefined;
    if (known !== undefined) return found;
    const name = this.#isObject(type) ? this.#nameOf(type) : undefined;
    if (name !== undefined) {
      if (!this.#seen.has(name.id)) {
        this.#seen.add(name.id);
        this.#named.set(this.#full(type), name.name);
        this.#queue.push({ name: name.name, symbol: name });
      }
      return found;
    }
    if (type.isUnionType() || type.isIntersectionType()) {
      if (type.isIntersectionType() && this.#isOurs(type)) found.push(type);
      else for (const part of type.getTypes()) this.#visit(part, found);
      return found;
    }
    if (!type.isObjectType()) return found;
    const signatures = checker.getSignaturesOfType(type, SignatureKind.Call);
    if (signatures.length > 0) {
      for (const signature of signatures) {
        for (const parameter of signature.getParameters())
          this.#visit(checker.getTypeOfSymbol(parameter), found);
        this.#visit(checker.getReturnTypeOfSignature(signature), found);
      }
      return found;
    }
    if (type.isTypeReference())
      for (const argument of checker.getTypeArguments(type)) this.#visit(argument, found);
    for (const { valueType } of checker.getIndexInfosOfType(type) ?? [])
      this.#visit(valueType, found);
    if (this.#isOurs(type)) found.push(type);
    return found;
  }

  #propertiesOf(type, prefix, depth = 0) {
    const checker = this.#checker;
    const parts = type.isUnionType() ? type.getTypes().filter((part) => !isAbsent(part)) : [type];
    const byName = new Map();
    for (const part of parts)
      if (this.#isOurs(part))
        for (const property of checker.getPropertiesOfType(part))
          byName.set(property.name, [...(byName.get(property.name) ?? []), property]);
    return [...byName].flatMap(([name, symbols]) => {
      const types = symbols.map((symbol) => checker.getTypeOfSymbol(symbol));
      const optional = symbols.some(isOptional) || symbols.length < parts.length;
      const texts = types.map((one) => this.#short(optional ? this.#present1(one) : one));
      const property = {
        path: `${prefix}${name}`,
        optional,
        text: [...new Set(texts)].join(' | '),
        doc:
          symbols
            .map((symbol) => checker.getDocumentationCommentOfSymbol(symbol))
            .find((doc) => doc !== '') ?? '',
      };
      const inner = depth > 8 ? [] : types.flatMap((one) => this.#visit(one));
      const seen = new Map();
      for (const one of inner.flatMap((nested) =>
        this.#propertiesOf(
          nested,
          `${prefix}${name}${types.some((t) => this.#isList(t)) ? '[]' : ''}.`,
          depth + 1,
        ),
      ))
        if (!seen.has(one.path) || seen.get(one.path).doc === '') seen.set(one.path, one);
      return [property, ...seen.values()];
    });
  }

  /** Without `undefined`, which the mark of what may be left out says already. */
  #present1(type) {
    if (!type.isUnionType()) return type;
    const left = type.getTypes().filter((part) => (part.flags & TypeFlags.Undefined) === 0);
    return left.length === 1
      ? left[0]
      : left.some((part) => part.flags & TypeFlags.Null)
        ? type
        : this.#present(type);
  }

  #isList(type) {
    const parts = type.isUnionType() ? type.getTypes() : [type];
    return parts.some((part) => this.#checker.isArrayType(part));
  }
}

const isOptional = ({ flags }) => (flags & SymbolFlags.Optional) !== 0;
const textOf = (text) =>
  typeof text === 'string' ? text : (text ?? []).map((part) => part.text ?? part).join('');
