/** Reads files with Kubernetes objects: YAML with several documents, JSON, and `List`s; every field keeps its place. */
import { type ApiObject, isPlainObject } from '@weft/api';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';

/** An object in a file. */
export interface ManifestObject {
  readonly kind: 'object';
  readonly file: string;
  /** Line on which the object starts, from 1. */
  readonly line: number;
  readonly object: ApiObject;
  /** Fields that are given twice, with the line of the second. */
  readonly duplicates: readonly { readonly path: string; readonly line: number }[];
  /** The line of a field such as `spec.http[0].route`; of its nearest parent when the field itself is not there. */
  lineOf(field: string): number;
}

/** Something in a file that is not an object. */
export interface ManifestProblem {
  readonly kind: 'problem';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What a file holds, in its order. */
export type ManifestItem = ManifestObject | ManifestProblem;

const MAX_ALIASES = 100;
const MAX_DEPTH = 200;
const MAX_DUPLICATES = 100;

/** Reads a whole file. Never throws: what cannot be read is a problem with its place. */
export function parseManifests(text: string, file: string): ManifestItem[] {
  const lines = new LineCounter();
  try {
    const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false });
    return Array.isArray(documents) ? documents.flatMap((document) => readDocument(document, file, lines)) : [];
  } catch (error: unknown) {
    // The parser recurses: text made to exhaust the stack is the one thing that it throws for.
    if (!(error instanceof RangeError)) throw error;
    return [problem(file, { line: 1, col: 1 }, `nested deeper than ${MAX_DEPTH} levels`)];
  }
}

function readDocument(document: Document.Parsed, file: string, lines: LineCounter): ManifestItem[] {
  const [error] = document.errors;
  if (error !== undefined) {
    const at = lines.linePos(error.pos[0]);
    return [problem(file, at, firstSentence(error.message))];
  }
  const root = document.contents as Node | null;
  if (root === null || (isScalar(root) && root.value === null)) return [];
  const at = startOf(root, lines);
  if (depthOf(root) > MAX_DEPTH) return [problem(file, at, `nested deeper than ${MAX_DEPTH} levels`)];
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error: unknown) {
    if (!(error instanceof ReferenceError)) throw error;
    return [problem(file, at, `YAML alias: ${error.message}`)];
  }
  return readValue(value, root, { file, lines });
}

interface Place {
  readonly file: string;
  readonly lines: LineCounter;
}

function readValue(value: unknown, node: Node, place: Place): ManifestItem[] {
  const at = startOf(node, place.lines);
  if (!isPlainObject(value)) return [problem(place.file, at, 'expected an object with apiVersion and kind')];
  const { apiVersion, kind } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') return [problem(place.file, at, 'apiVersion is not set')];
  if (typeof kind !== 'string' || kind === '') return [problem(place.file, at, 'kind is not set')];
  const items = value['items'];
  if (kind.endsWith('List') && Array.isArray(items)) {
    const list = isMap(node) ? node.get('items', true) : undefined;
    return items.flatMap((item, i) => {
      const itemNode = isSeq(list) ? (list.items[i] as Node) : node;
      return readValue(item, itemNode, place);
    });
  }
  const metadata = isPlainObject(value['metadata']) ? value['metadata'] : {};
  return [
    {
      kind: 'object',
      file: place.file,
      line: at.line,
      object: { ...value, apiVersion, kind, metadata } as ApiObject,
      duplicates: duplicatesIn(node, place.lines),
      lineOf: (field) => lineOfField(node, field, place.lines),
    },
  ];
}

function problem(file: string, at: { line: number; col: number }, message: string): ManifestProblem {
  return { kind: 'problem', file, line: at.line, column: at.col, message };
}

/** The parser appends a drawing of the line, which we point to ourselves. */
function firstSentence(message: string): string {
  return message.split('\n', 1)[0]!.replace(/ at line \d+, column \d+:?$/, '');
}

function startOf(node: Node, lines: LineCounter): { line: number; col: number } {
  return lines.linePos(node.range?.[0] ?? 0);
}

function depthOf(root: Node): number {
  let depth = 0;
  let level: unknown[] = [root];
  while (level.length > 0 && depth <= MAX_DEPTH) {
    depth++;
    level = level.flatMap((node) => {
      if (isMap(node)) return node.items.map((pair) => pair.value);
      return isSeq(node) ? node.items : [];
    });
  }
  return depth;
}

function lineOfField(root: Node, field: string, lines: LineCounter): number {
  let node: unknown = root;
  let line = startOf(root, lines).line;
  for (const step of stepsOf(field)) {
    if (isMap(node)) {
      const pair = node.items.find((one) => keyOf(one.key) === step);
      if (pair === undefined) return line;
      line = startOf(pair.key as Node, lines).line;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (item === undefined) return line;
      line = startOf(item, lines).line;
      node = item;
    } else return line;
  }
  return line;
}

/** `spec.http[0].match[x.y]` → spec, http, 0, match, x.y */
function stepsOf(field: string): string[] {
  return [...field.matchAll(/[^.[\]]+|\[([^\]]*)\]/g)].map((match) => match[1] ?? match[0]);
}

function keyOf(key: unknown): string {
  return String((key as { value?: unknown } | null)?.value ?? key);
}

function duplicatesIn(root: Node, lines: LineCounter): { path: string; line: number }[] {
  const found: { path: string; line: number }[] = [];
  const walk = (node: unknown, path: string): void => {
    if (isSeq(node)) for (const [i, item] of node.items.entries()) walk(item, `${path}[${i}]`);
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const pair of node.items) {
      const key = keyOf(pair.key);
      const inner = path === '' ? key : `${path}.${key}`;
      if (seen.has(key) && found.length < MAX_DUPLICATES) {
        found.push({ path: inner, line: startOf(pair.key as Node, lines).line });
      }
      seen.add(key);
      walk(pair.value, inner);
    }
  };
  walk(root, '');
  return found;
}
