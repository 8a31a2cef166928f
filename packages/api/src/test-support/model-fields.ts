/**
 * Reads the fields of a kind out of the type declarations of `kubernetes-models` and its sisters, so that tests can say
 * which fields a kind of ours lacks. Only the small part of the declaration syntax that those packages use is understood.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { resolve, type Schema } from '../schema/index.ts';

/** The fields of one type, merged over the members of unions and intersections. */
export interface FieldTree {
  /** Members by name; they are read when asked for, as types may contain themselves. */
  readonly members: ReadonlyMap<string, Member>;
  /** Type of the items when the type is a list. */
  readonly items?: () => FieldTree;
  /** Type of the values when the type is a map with free keys. */
  readonly values?: () => FieldTree;
  /** Names of the scalar types (`string`, `number`, `boolean`, `any`). */
  readonly scalars: ReadonlySet<string>;
  /** The string literals that the type allows. */
  readonly literals: ReadonlySet<string>;
}

/** One member of a type. */
export interface Member {
  readonly isOptional: boolean;
  readonly tree: () => FieldTree;
}

type Node =
  | { readonly kind: 'object'; readonly members: Map<string, { isOptional: boolean; node: Node }>; values?: Node }
  | { readonly kind: 'list'; readonly items: Node }
  | { readonly kind: 'merge'; readonly parts: Node[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'literal'; readonly text: string };

interface ModelFile {
  readonly path: string;
  readonly types: Map<string, Node>;
  readonly imports: Map<string, string>;
}

const files = new Map<string, ModelFile>();
const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$.]*|[{}[\]<>()|&,;:?=*]|\d+|\S/g;

/**
 * The fields of `typeName` (the first exported interface or type when absent) in the declaration file at `dtsPath`:
 * an absolute path, or a package's deep path such as `@kubernetes-models/istio/networking.istio.io/v1/Gateway`.
 */
export function fieldsOf(dtsPath: string, typeName?: string): FieldTree {
  const file = load(locate(dtsPath, undefined));
  const name = typeName ?? file.types.keys().next().value;
  const node = name === undefined ? undefined : file.types.get(name);
  if (node === undefined) throw new Error(`${file.path} declares no type ${typeName ?? ''}`);
  return treeOf(node, file);
}

/** Paths of fields that `tree` has and `schema` does not, such as `spec.http[].timeout`. */
export function missingFields(schema: Schema, tree: FieldTree): string[] {
  const missing: string[] = [];
  walk(schema, tree, '', missing, new Map());
  return missing;
}

function walk(given: Schema, tree: FieldTree, path: string, missing: string[], seen: Map<Schema, Set<string>>): void {
  const schema = resolve(given);
  if (schema.type === 'any' || schema.preserveUnknown === true) return;
  const shape = [...tree.members.keys()].join();
  const shapes = seen.get(schema) ?? new Set();
  if (shapes.has(shape) && tree.members.size > 0) return;
  seen.set(schema, shapes.add(shape));
  if (tree.items !== undefined) {
    if (schema.items === undefined) missing.push(`${path}[]`);
    else walk(schema.items, tree.items(), `${path}[]`, missing, seen);
  }
  if (tree.values !== undefined && tree.members.size === 0) {
    if (schema.additional === undefined) missing.push(`${path}.*`);
    else walk(schema.additional, tree.values(), `${path}.*`, missing, seen);
  }
  for (const [name, member] of tree.members) {
    const at = path === '' ? name : `${path}.${name}`;
    const property = schema.properties?.[name] ?? schema.additional;
    if (property === undefined) missing.push(at);
    else walk(property, member.tree(), at, missing, seen);
  }
  const allowed = schema.enum;
  if (allowed === undefined) return;
  for (const literal of tree.literals) if (!allowed.includes(literal)) missing.push(`${path}=${literal}`);
}

function treeOf(node: Node, file: ModelFile): FieldTree {
  const tree = {
    members: new Map<string, Member>(),
    scalars: new Set<string>(),
    literals: new Set<string>(),
    items: undefined as (() => FieldTree) | undefined,
    values: undefined as (() => FieldTree) | undefined,
  };
  collect(node, file, tree);
  const { items, values, ...rest } = tree;
  return { ...rest, ...(items === undefined ? {} : { items }), ...(values === undefined ? {} : { values }) };
}

interface Collected {
  readonly members: Map<string, Member>;
  readonly scalars: Set<string>;
  readonly literals: Set<string>;
  items: (() => FieldTree) | undefined;
  values: (() => FieldTree) | undefined;
}

function collect(node: Node, file: ModelFile, into: Collected): void {
  switch (node.kind) {
    case 'merge':
      for (const part of node.parts) collect(part, file, into);
      return;
    case 'literal':
      into.literals.add(node.text);
      return;
    case 'list':
      into.items = () => treeOf(node.items, file);
      return;
    case 'object': {
      for (const [name, member] of node.members) {
        into.members.set(name, { isOptional: member.isOptional, tree: () => treeOf(member.node, file) });
      }
      const values = node.values;
      if (values !== undefined) into.values = () => treeOf(values, file);
      return;
    }
    case 'name':
      collectNamed(node.name, file, into);
  }
}

function collectNamed(name: string, file: ModelFile, into: Collected): void {
  const local = file.types.get(name);
  if (local !== undefined) {
    collect(local, file, into);
    return;
  }
  const from = file.imports.get(name);
  if (from === undefined) {
    into.scalars.add(name);
    return;
  }
  const other = load(locate(from, file.path));
  const node = other.types.get(name);
  if (node === undefined) into.scalars.add(name);
  else collect(node, other, into);
}

function locate(specifier: string, importer: string | undefined): string {
  const dts = specifier.endsWith('.d.ts') ? specifier : `${specifier.replace(/\.js$/, '')}.d.ts`;
  if (specifier.startsWith('/')) return dts;
  if (specifier.startsWith('.') && importer !== undefined) return resolvePath(dirname(importer), dts);
  // Found by walking up, as the packages' export maps do not offer their declarations to `require.resolve`.
  const require = createRequire(importer ?? import.meta.url);
  for (const folder of require.resolve.paths(specifier) ?? []) {
    const candidate = join(folder, dts);
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`no declaration file for ${specifier}`);
}

function load(path: string): ModelFile {
  const known = files.get(path);
  if (known !== undefined) return known;
  const file = new DeclarationParser(path, readFileSync(path, 'utf8')).parse();
  files.set(path, file);
  return file;
}

class DeclarationParser {
  private readonly path: string;
  private readonly tokens: string[];
  private at = 0;

  constructor(path: string, text: string) {
    this.path = path;
    this.tokens = (text.match(TOKEN) ?? []).filter((t) => !t.startsWith('/*') && !t.startsWith('//'));
  }

  parse(): ModelFile {
    const file: ModelFile = { path: this.path, types: new Map(), imports: new Map() };
    while (this.at < this.tokens.length) {
      const token = this.next();
      if (token === 'import') this.parseImport(file);
      else if (token === 'interface') file.types.set(this.next(), this.parseObject());
      else if (token === 'type' && this.tokens[this.at + 1] === '=') {
        const name = this.next();
        this.expect('=');
        file.types.set(name, this.parseType());
      } else if (token === 'type' && this.peek() === '{') this.parseAliases(file);
      else if (token === 'class') this.skipBody();
    }
    return file;
  }

  /** `export type { IPodSpec as IIoK8sApiCoreV1PodSpec, … };` */
  private parseAliases(file: ModelFile): void {
    this.expect('{');
    while (this.peek() !== '}') {
      const name = this.next();
      if (this.peek() === 'as') {
        this.next();
        file.types.set(this.next(), { kind: 'name', name });
      }
      if (this.peek() === ',') this.next();
    }
  }

  private skipBody(): void {
    while (this.peek() !== '{') this.next();
    let depth = 0;
    do {
      const token = this.next();
      if (token === '{') depth++;
      if (token === '}') depth--;
    } while (depth > 0);
  }

  private parseImport(file: ModelFile): void {
    const names: string[] = [];
    while (this.peek() !== 'from' && this.peek() !== ';') {
      const token = this.next();
      if (/^[A-Za-z_$]/.test(token)) names.push(token);
    }
    if (this.peek() !== 'from') return;
    this.next();
    const from = unquote(this.next());
    for (const name of names) file.imports.set(name, from);
  }

  private parseType(): Node {
    const parts: Node[] = [];
    if (this.peek() === '|' || this.peek() === '&') this.next();
    parts.push(this.parseSuffixed());
    while (this.peek() === '|' || this.peek() === '&') {
      this.next();
      parts.push(this.parseSuffixed());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'merge', parts };
  }

  private parseSuffixed(): Node {
    let node = this.parsePrimary();
    while (this.peek() === '[' && this.tokens[this.at + 1] === ']') {
      this.at += 2;
      node = { kind: 'list', items: node };
    }
    return node;
  }

  private parsePrimary(): Node {
    const token = this.peek();
    if (token === '{') return this.parseObject();
    this.next();
    if (token === '(') {
      const inner = this.parseType();
      this.expect(')');
      return inner;
    }
    if (token.startsWith('"')) return { kind: 'literal', text: unquote(token) };
    if (this.peek() !== '<') return { kind: 'name', name: token };
    this.next();
    const args: Node[] = [this.parseType()];
    while (this.peek() === ',') {
      this.next();
      args.push(this.parseType());
    }
    this.expect('>');
    if (token === 'Array') return { kind: 'list', items: args[0]! };
    if (token === 'Record') return { kind: 'object', members: new Map(), values: args[1]! };
    // Exclude, Partial, Omit …: the first argument has all the fields.
    return args[0]!;
  }

  private parseObject(): Node {
    while (this.peek() !== '{') this.next();
    this.expect('{');
    const node: Node = { kind: 'object', members: new Map() };
    while (this.peek() !== '}') {
      if (this.peek() === '[') {
        while (this.next() !== ']');
        this.expect(':');
        node.values = this.parseType();
      } else {
        const name = unquote(this.next());
        const isOptional = this.peek() === '?';
        if (isOptional) this.next();
        this.expect(':');
        node.members.set(name, { isOptional, node: this.parseType() });
      }
      while (this.peek() === ';' || this.peek() === ',') this.next();
    }
    this.expect('}');
    return node;
  }

  private peek(): string {
    return this.tokens[this.at] ?? '';
  }

  private next(): string {
    const token = this.tokens[this.at];
    if (token === undefined) throw new Error(`${this.path}: unexpected end`);
    this.at++;
    return token;
  }

  private expect(wanted: string): void {
    const token = this.next();
    if (token !== wanted) throw new Error(`${this.path}: expected ${wanted}, found ${token}`);
  }
}

function unquote(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}
