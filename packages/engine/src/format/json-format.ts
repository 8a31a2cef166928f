/** Formats that are JSON: a tree whose texts are formats. */
import { err, ok } from '@weft/core';
import type { Compiled, CompileError } from '../match/compile-error.ts';
import type { StreamView } from '../view/stream-view.ts';
import { compilePieces, type FormatPieces, joinPieces } from './compile-format.ts';
import {
  BRIEF_LINE_OPTIONS,
  type FormatField,
  type FormatMoment,
  type FormatSources,
  type Formatter,
  LINE_OPTIONS,
  NO_MOMENT,
} from './formatter.ts';
import { jsonText, quoted } from './json-text.ts';

/** A place in the tree. */
interface JsonNode {
  /** The JSON for a stream; undefined where it is null. */
  write(view: StreamView, moment: FormatMoment): string | undefined;
}

/** How a tree comes out. */
export interface JsonFormatOptions {
  /** Members and items that are null are left out, and objects that nothing is left of. */
  readonly omitsEmpty: boolean;
}

/** Deeper trees than this are refused; Struct messages come from outside. */
const MAX_DEPTH = 64;

/** Compiles a tree of formats. A text that is one operator and nothing else keeps the type of its value; a line ends in a line break. */
export function compileJsonFormat(
  template: Readonly<Record<string, unknown>>,
  path: string,
  sources: FormatSources,
  options: JsonFormatOptions,
): Compiled<Formatter> {
  const compiler = new JsonCompiler(sources, options.omitsEmpty);
  const root = compiler.compileObject(template, path, 0);
  return compiler.problems.length > 0 ? err(compiler.problems) : ok(new JsonFormatter(root));
}

class JsonFormatter implements Formatter {
  readonly #root: JsonNode;

  constructor(root: JsonNode) {
    this.#root = root;
  }

  format(view: StreamView, moment: FormatMoment = NO_MOMENT): string {
    return `${this.#root.write(view, moment) ?? '{}'}\n`;
  }
}

class JsonCompiler {
  readonly problems: CompileError[] = [];
  readonly #sources: FormatSources;
  readonly #omitsEmpty: boolean;

  constructor(sources: FormatSources, omitsEmpty: boolean) {
    this.#sources = sources;
    this.#omitsEmpty = omitsEmpty;
  }

  compileObject(template: object, path: string, depth: number): JsonNode {
    const members = Object.entries(template).sort(([a], [b]) => (a < b ? -1 : 1));
    const keys = members.map(([name]) => `${JSON.stringify(name)}:`);
    const nodes = members.map(([name, value]) => this.#compile(value, `${path}.${name}`, depth + 1));
    return new ObjectNode(keys, nodes, this.#omitsEmpty);
  }

  #compile(value: unknown, path: string, depth: number): JsonNode {
    if (depth > MAX_DEPTH) return this.#refuse(path, `is more than ${MAX_DEPTH} levels deep`);
    if (typeof value === 'string') return this.#compileText(value, path);
    if (Array.isArray(value)) {
      const items = value.map((each, i) => this.#compile(each, `${path}[${i}]`, depth + 1));
      return new ListNode(items, this.#omitsEmpty);
    }
    if (typeof value === 'object' && value !== null) return this.compileObject(value, path, depth);
    return constantNode(value === null || value === undefined ? undefined : jsonText(value));
  }

  #compileText(text: string, path: string): JsonNode {
    const pieces = compilePieces(text, path, this.#sources, this.#omitsEmpty ? BRIEF_LINE_OPTIONS : LINE_OPTIONS);
    if (pieces.kind === 'err') {
      this.problems.push(...pieces.error);
      return constantNode(undefined);
    }
    const { texts, fields } = pieces.value;
    if (fields.length === 0) return constantNode(jsonText(texts[0]));
    const isSingle = fields.length === 1 && texts[0] === '' && texts[1] === '';
    return isSingle ? new ValueNode(fields[0]!) : new TextNode(pieces.value, this.#omitsEmpty ? '' : '-');
  }

  #refuse(path: string, reason: string): JsonNode {
    this.problems.push({ path, reason });
    return constantNode(undefined);
  }
}

function constantNode(text: string | undefined): JsonNode {
  return { write: () => text };
}

/** One operator: its value with its type. */
class ValueNode implements JsonNode {
  readonly #field: FormatField;

  constructor(field: FormatField) {
    this.#field = field;
  }

  write(view: StreamView, moment: FormatMoment): string | undefined {
    const value = this.#field.json(view, moment);
    return value === undefined || value === null ? undefined : jsonText(value);
  }
}

/** Several operators, or text around one: a text. */
class TextNode implements JsonNode {
  readonly #pieces: FormatPieces;
  readonly #empty: string;

  constructor(pieces: FormatPieces, empty: string) {
    this.#pieces = pieces;
    this.#empty = empty;
  }

  write(view: StreamView, moment: FormatMoment): string {
    return quoted(joinPieces(this.#pieces, this.#empty, view, moment));
  }
}

class ObjectNode implements JsonNode {
  /** Each with its colon. */
  readonly #keys: readonly string[];
  readonly #nodes: readonly JsonNode[];
  readonly #omitsEmpty: boolean;

  constructor(keys: readonly string[], nodes: readonly JsonNode[], omitsEmpty: boolean) {
    this.#keys = keys;
    this.#nodes = nodes;
    this.#omitsEmpty = omitsEmpty;
  }

  write(view: StreamView, moment: FormatMoment): string | undefined {
    let out = '';
    for (let i = 0; i < this.#nodes.length; i += 1) {
      const text = this.#nodes[i]!.write(view, moment);
      if (text === undefined && this.#omitsEmpty) continue;
      out += (out === '' ? '{' : ',') + this.#keys[i]! + (text ?? 'null');
    }
    if (out !== '') return `${out}}`;
    return this.#omitsEmpty ? undefined : '{}';
  }
}

class ListNode implements JsonNode {
  readonly #nodes: readonly JsonNode[];
  readonly #omitsEmpty: boolean;

  constructor(nodes: readonly JsonNode[], omitsEmpty: boolean) {
    this.#nodes = nodes;
    this.#omitsEmpty = omitsEmpty;
  }

  write(view: StreamView, moment: FormatMoment): string {
    const texts = this.#nodes.map((node) => node.write(view, moment));
    const kept = this.#omitsEmpty ? texts.filter((text) => text !== undefined) : texts.map((text) => text ?? 'null');
    return `[${kept.join(',')}]`;
  }
}
