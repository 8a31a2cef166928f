import type { KeyValueAppend, KeyValueMutation, KeyValuePair } from '@weft/proto/envoy/config/core/v3/base';
import { compileList, isMissing, valueOrReport } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { wireText } from '../match/wire-text.ts';
import type { StreamView } from '../view/stream-view.ts';
import type { AppendAction, HeaderCompileContext } from './header-mutations.ts';
import type { ValueFormatter } from './value-format.ts';

/** What is supported of changes of query parameters. */
export const QUERY_MUTATION_SUPPORT = [
  supports<KeyValueMutation>('envoy.config.core.v3.KeyValueMutation', { append: true, remove: true }),
  supports<KeyValueAppend>('envoy.config.core.v3.KeyValueAppend', {
    record: true,
    entry: 'is not read by Envoy here either: use record',
    action: true,
  }),
  supports<KeyValuePair>('envoy.config.core.v3.KeyValuePair', { key: true, value: true }),
];

/** One change of the query. */
export interface QueryMutation {
  /** The name of the parameters, decoded. */
  readonly name: string;
  /** Undefined removes them. */
  readonly action: AppendAction | undefined;
  /** The value where it is always the same, encoded. */
  readonly text: string;
  readonly formatter: ValueFormatter | undefined;
}

/** By the number of the enum. */
const ACTIONS: readonly AppendAction[] = ['appendOrAdd', 'addIfAbsent', 'overwriteOrAdd', 'overwriteIfExists'];

/** Compiles a list of changes; undefined when there was a problem. */
export function compileQueryMutations(
  messages: readonly KeyValueMutation[],
  path: string,
  context: HeaderCompileContext,
): readonly QueryMutation[] | undefined {
  return compileList(messages, path, (message, at) => compileMutation(message, at, context));
}

function compileMutation(
  { append, remove }: KeyValueMutation,
  path: string,
  context: HeaderCompileContext,
): QueryMutation | undefined {
  if (append !== undefined && remove !== '') {
    context.problems.add(path, 'append and remove may not both be set');
    return undefined;
  }
  if (append !== undefined) return compileAppend(append, `${path}.append`, context);
  if (remove === '') return isMissing(path, 'append or remove', context);
  return Object.freeze({ name: wireText(remove), action: undefined, text: '', formatter: undefined });
}

function compileAppend(
  { record, action: number }: KeyValueAppend,
  path: string,
  context: HeaderCompileContext,
): QueryMutation | undefined {
  if (record === undefined) return isMissing(path, 'record', context);
  const action = ACTIONS[number];
  if (action === undefined) context.problems.add(`${path}.action`, `${number} is no action of this enum`);
  const kind = record.value?.kind;
  if (kind?.case !== 'stringValue') context.problems.add(`${path}.record.value`, 'must be a text');
  if (action === undefined || kind?.case !== 'stringValue') return undefined;
  const name = wireText(record.key);
  const text = wireText(kind.value);
  if (!text.includes('%')) return Object.freeze({ name, action, text: encodeText(text), formatter: undefined });
  const formatter = valueOrReport(context.compileFormat(text, `${path}.record.value`), context);
  return formatter && Object.freeze({ name, action, text: '', formatter });
}

interface Parameter {
  readonly name: string;
  /** As it stands in the query. */
  readonly text: string;
}

/**
 * The path with its query changed. As in Envoy the parameters are put in the order of their names then. Unlike there, what is not changed stays
 * encoded as it was: decoded it could mean something else, or end the request line.
 */
export function mutateQuery(mutations: readonly QueryMutation[], path: string, view: StreamView): string {
  const mark = path.indexOf('?');
  let parameters = mark === -1 ? [] : parseQuery(path.slice(mark + 1));
  for (const mutation of mutations) parameters = applyMutation(mutation, parameters, view);
  const query = parameters
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ text }) => text)
    .join('&');
  const plain = mark === -1 ? path : path.slice(0, mark);
  return query === '' ? plain : `${plain}?${query}`;
}

function parseQuery(query: string): Parameter[] {
  if (query === '') return [];
  return query.split('&').map((text) => {
    const equals = text.indexOf('=');
    return { name: decodeText(equals === -1 ? text : text.slice(0, equals)), text };
  });
}

function applyMutation(
  { name, action, text, formatter }: QueryMutation,
  parameters: Parameter[],
  view: StreamView,
): Parameter[] {
  const isThere = parameters.some((each) => each.name === name);
  const others = () => parameters.filter((each) => each.name !== name);
  if (action === undefined) return isThere ? others() : parameters;
  if (action === (isThere ? 'addIfAbsent' : 'overwriteIfExists')) return parameters;
  const value = formatter === undefined ? text : encodeText(formatter.format(view) ?? '');
  const added = { name, text: `${encodeText(name)}=${value}` };
  const isOverwrite = action === 'overwriteOrAdd' || action === 'overwriteIfExists';
  return [...(isOverwrite ? others() : parameters), added];
}

/** Percent-encoding of single bytes; what is none stays as it is. */
function decodeText(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Everything but letters, digits, `-`, `_` and `.`; texts have one character for each byte. */
function encodeText(text: string): string {
  return text.replace(
    /[^0-9A-Za-z\-_.]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
