/**
 * JSON Patch (RFC 6902) with the leniencies of the Kubernetes API: `replace` of a missing member adds it, and `test` against
 * null holds for a missing member. The input is never changed: containers are copied when first touched, and a copy
 * belongs to this run alone.
 */
import { badRequest, requestEntityTooLarge } from '../shared/api-errors.ts';
import { goQuote } from '../shared/go-quote.ts';
import {
  depthOf,
  equalJson,
  formatGo,
  isObject,
  type JsonMembers,
  MAX_JSON_DEPTH,
  memberOf,
  setMember,
} from './json.ts';
import { type JsonPointer, parseJsonPointer, parseListIndex } from './json-pointer.ts';
import { rejectPatch } from './reject.ts';

const OPERATION_NAMES = ['add', 'remove', 'replace', 'move', 'copy', 'test'] as const;

/** One operation of a JSON Patch. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

/** As the API server: more operations are refused. */
const MAX_OPERATIONS = 10_000;
/** What all `copy` operations together may add, about the size of the largest body; repeated copies double an object. */
const MAX_COPIED_CHARS = 3 * 1024 * 1024;
/** Items that insertions and removals may shift in lists; bounds the time of ten thousand insertions before a long list. */
const MAX_SHIFTED_ITEMS = 20_000_000;

/** Applies a patch to a document; refuses all of it when one operation cannot be applied. Never changes its arguments. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  const run = new PatchRun(document);
  for (const operation of readOperations(patch)) run.apply(operation);
  return run.document;
}

function readOperations(patch: unknown): JsonPatchOperation[] {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch must be a list of operations');
  if (patch.length > MAX_OPERATIONS) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  return patch.map(readOperation);
}

function readOperation(operation: unknown, index: number): JsonPatchOperation {
  if (!isObject(operation)) throw badRequest(`operation ${index} of the JSON patch must be an object`);
  const op = OPERATION_NAMES.find((name) => name === operation['op']);
  const { path, from } = operation;
  if (op === undefined) throw rejectPatch(`Unexpected kind: ${formatGo(operation['op'] ?? 'unknown')}`);
  if (typeof path !== 'string') throw rejectPatch(`${op} operation failed to decode path: missing value`);
  if (op === 'remove') return { op, path };
  if (op === 'move' || op === 'copy') {
    if (typeof from !== 'string') throw rejectPatch(`${op} operation failed to decode from: missing value`);
    return { op, path, from };
  }
  if (op !== 'test' && !Object.hasOwn(operation, 'value')) {
    throw rejectPatch(`${op} operation for path ${goQuote(path)} has no value`);
  }
  return { op, path, value: memberOf(operation, 'value') ?? null };
}

/** Where an operation takes place: a container of this run's own, and the token within it. */
interface Place {
  readonly container: JsonMembers | unknown[];
  readonly token: string;
}

/** The state of one patch under way. */
class PatchRun {
  document: unknown;
  /** Containers made by this run; only these may be changed. Written by `#own` only. */
  readonly #owned = new Set<object>();
  #copiedChars = 0;
  #shiftedItems = 0;

  constructor(document: unknown) {
    this.document = document;
  }

  apply(operation: JsonPatchOperation): void {
    const pointer = parseJsonPointer(operation.path);
    switch (operation.op) {
      case 'add':
        this.#add(pointer, operation.value, `error in add for path: '${operation.path}'`, operation.op);
        return;
      case 'replace':
        this.#replace(pointer, operation.value, operation.path);
        return;
      case 'remove':
        this.#remove(pointer, `error in remove for path: '${operation.path}'`, operation.op);
        return;
      case 'test':
        this.#test(pointer, operation.value, operation.path);
        return;
      case 'move':
        this.#move(parseJsonPointer(operation.from), pointer, operation);
        return;
      case 'copy':
        this.#copy(parseJsonPointer(operation.from), pointer, operation);
    }
  }

  #add(pointer: JsonPointer, value: unknown, failure: string, op: string): void {
    this.#checkDepth(pointer, value);
    if (pointer.length === 0) {
      this.document = value;
      return;
    }
    const { container, token } = this.#placeOf(pointer, op);
    if (!Array.isArray(container)) {
      setMember(container, token, value);
      return;
    }
    const index = token === '-' ? container.length : parseListIndex(token, container.length + 1);
    if (index === undefined) throw rejectPatch(`${failure}: ${badIndex(token)}`);
    this.#shift(container.length - index);
    container.splice(index, 0, value);
  }

  #replace(pointer: JsonPointer, value: unknown, path: string): void {
    this.#checkDepth(pointer, value);
    if (pointer.length === 0) {
      this.document = value;
      return;
    }
    const { container, token } = this.#placeOf(pointer, 'replace');
    if (!Array.isArray(container)) {
      setMember(container, token, value);
      return;
    }
    const index = parseListIndex(token, container.length);
    if (index === undefined) {
      throw rejectPatch(`replace operation does not apply: doc is missing key: ${path}: missing value`);
    }
    container[index] = value;
  }

  #remove(pointer: JsonPointer, failure: string, op: string): unknown {
    if (pointer.length === 0) throw rejectPatch(`${failure}: the whole document cannot be removed`);
    const { container, token } = this.#placeOf(pointer, op);
    if (Array.isArray(container)) {
      const index = parseListIndex(token, container.length);
      if (index === undefined) throw rejectPatch(`${failure}: ${badIndex(token)}`);
      this.#shift(container.length - index);
      return container.splice(index, 1)[0];
    }
    if (!Object.hasOwn(container, token)) {
      throw rejectPatch(`${failure}: Unable to remove nonexistent key: ${token}: missing value`);
    }
    const value = container[token];
    delete container[token];
    return value;
  }

  #test(pointer: JsonPointer, expected: unknown, path: string): void {
    const found = this.#valueAt(pointer);
    // A missing member equals null, but a place inside something missing is an error.
    if (!found.exists && !this.#valueAt(pointer.slice(0, -1)).exists) {
      throw rejectPatch(`test operation does not apply: is missing path: ${path}: missing value`);
    }
    if (!equalJson(found.value ?? null, expected)) throw rejectPatch(`testing value ${path} failed: test failed`);
  }

  #move(from: JsonPointer, to: JsonPointer, operation: { readonly path: string; readonly from: string }): void {
    const isInside = from.length < to.length && from.every((token, i) => token === to[i]);
    if (isInside)
      throw rejectPatch(`${goQuote(operation.from)} cannot be moved into itself: ${goQuote(operation.path)}`);
    const value = this.#remove(from, `error in move for path: '${operation.from}'`, 'move');
    this.#add(to, value, `error in move for path: '${operation.path}'`, 'move');
  }

  #copy(from: JsonPointer, to: JsonPointer, operation: { readonly path: string; readonly from: string }): void {
    const found = this.#valueAt(from);
    if (!found.exists) {
      throw rejectPatch(`copy operation does not apply: doc is missing from path: ${operation.from}: missing value`);
    }
    const copied = this.#clone(found.value);
    this.#add(to, copied, `error in copy for path: '${operation.path}'`, 'copy');
  }

  #valueAt(pointer: JsonPointer): { readonly exists: boolean; readonly value: unknown } {
    let value = this.document;
    for (const token of pointer) {
      if (Array.isArray(value)) {
        const index = parseListIndex(token, value.length);
        if (index === undefined) return MISSING;
        value = value[index];
      } else if (isObject(value) && Object.hasOwn(value, token)) value = value[token];
      else return MISSING;
    }
    return { exists: true, value };
  }

  /** The container that holds the pointer's last token, made this run's own together with all containers above it. */
  #placeOf(pointer: JsonPointer, op: string): Place {
    const missing = () =>
      rejectPatch(`${op} operation does not apply: doc is missing path: "/${pointer.join('/')}": missing value`);
    if (typeof this.document !== 'object' || this.document === null) throw missing();
    let container = this.#own(this.document);
    this.document = container;
    for (let i = 0; i < pointer.length - 1; i++) {
      const token = pointer[i]!;
      const key = Array.isArray(container) ? parseListIndex(token, container.length) : token;
      if (key === undefined) throw missing();
      const child = Array.isArray(container) ? container[key as number] : memberOf(container, token);
      if (typeof child !== 'object' || child === null) throw missing();
      const own = this.#own(child);
      if (Array.isArray(container)) container[key as number] = own;
      else setMember(container, token, own);
      container = own;
    }
    return { container, token: pointer.at(-1)! };
  }

  #own(container: object): JsonMembers | unknown[] {
    if (this.#owned.has(container)) return container as JsonMembers | unknown[];
    const copy: JsonMembers | unknown[] = Array.isArray(container) ? container.slice() : { ...container };
    this.#owned.add(copy);
    return copy;
  }

  /** A deep copy: shared containers would be changed at both places by later operations. */
  #clone(value: unknown): unknown {
    this.#countCopied(typeof value === 'string' ? value.length + 2 : 4);
    if (Array.isArray(value)) return value.map((item) => this.#clone(item));
    if (!isObject(value)) return value;
    const copy: JsonMembers = {};
    for (const name of Object.keys(value)) {
      this.#countCopied(name.length + 3);
      setMember(copy, name, this.#clone(value[name]));
    }
    return copy;
  }

  #countCopied(chars: number): void {
    this.#copiedChars += chars;
    if (this.#copiedChars > MAX_COPIED_CHARS) {
      throw requestEntityTooLarge(
        `Unable to complete the copy, the accumulated size increase of copy exceeds the limit ${MAX_COPIED_CHARS}`,
      );
    }
  }

  #shift(items: number): void {
    this.#shiftedItems += items;
    if (this.#shiftedItems > MAX_SHIFTED_ITEMS) {
      throw requestEntityTooLarge('the JSON patch inserts into or removes from long lists too often');
    }
  }

  #checkDepth(pointer: JsonPointer, value: unknown): void {
    if (pointer.length + depthOf(value) > MAX_JSON_DEPTH) {
      throw rejectPatch(`the patched object would be nested deeper than ${MAX_JSON_DEPTH} levels`);
    }
  }
}

const MISSING = { exists: false, value: undefined } as const;

function badIndex(token: string): string {
  return /^-?\d+$/.test(token)
    ? `Unable to access invalid index: ${token.slice(0, 20)}: invalid index referenced`
    : `value was not a proper array index: '${token.slice(0, 100)}'`;
}
