import type { HeaderValue, HeaderValueOption } from '@weft/proto/envoy/config/core/v3/base';
import type { CompileContext } from '../compile/context.ts';
import { compileList, isMissing, valueOrReport } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import { asciiLower } from '../match/ascii.ts';
import { wireText } from '../match/wire-text.ts';
import type { CompileFormat, ValueFormatter } from './value-format.ts';

/** What is supported of header options. */
export const HEADER_MUTATION_SUPPORT = [
  supports<HeaderValueOption>('envoy.config.core.v3.HeaderValueOption', {
    header: true,
    append: true,
    appendAction: true,
    keepEmptyValue: true,
  }),
  supports<HeaderValue>('envoy.config.core.v3.HeaderValue', { key: true, value: true, rawValue: true }),
];

/** What is done with a header that is there already, or is not. */
export type AppendAction = 'appendOrAdd' | 'addIfAbsent' | 'overwriteOrAdd' | 'overwriteIfExists';

/** One header to write. */
export interface HeaderAddition {
  /** In lower case. */
  readonly name: string;
  readonly action: AppendAction;
  readonly keepsEmptyValue: boolean;
  /** The value, where it is the same for every stream. */
  readonly text: string | undefined;
  /** Makes the value otherwise. */
  readonly formatter: ValueFormatter | undefined;
}

/** The header changes of one level: route configuration, virtual host, route or weighted cluster. */
export interface HeaderMutations {
  /** Names in lower case; removed first. */
  readonly removals: readonly string[];
  readonly additions: readonly HeaderAddition[];
}

/** What compiling header changes needs. */
export interface HeaderCompileContext extends CompileContext {
  readonly compileFormat: CompileFormat;
}

/** By the number of the enum. */
const ACTIONS: readonly AppendAction[] = ['appendOrAdd', 'addIfAbsent', 'overwriteOrAdd', 'overwriteIfExists'];

/** Where a list of additions or removals stands. */
export interface MutationPaths {
  readonly add: string;
  readonly remove: string;
}

/** A level that changes nothing. */
export const NO_MUTATIONS: HeaderMutations = Object.freeze({ removals: [], additions: [] });

/** Compiles the changes of one level; undefined when one of them has a problem. */
export function compileHeaderMutations(
  toAdd: readonly HeaderValueOption[],
  toRemove: readonly string[],
  paths: MutationPaths,
  context: HeaderCompileContext,
): HeaderMutations | undefined {
  if (toAdd.length === 0 && toRemove.length === 0) return NO_MUTATIONS;
  const additions = compileList(toAdd, paths.add, (option, at) => compileAddition(option, at, context));
  const removals = compileList(toRemove, paths.remove, (name, at) => compileRemoval(name, at, context));
  return additions === undefined || removals === undefined ? undefined : Object.freeze({ removals, additions });
}

/** Whether a rule may touch a header: pseudo-headers and the host have their own, safer ways of being changed. */
export function isModifiableHeader(name: string): boolean {
  return !name.startsWith(':') && asciiLower(name) !== 'host';
}

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function checkName(name: string, path: string, verb: string, context: CompileContext): string | undefined {
  if (!isModifiableHeader(name)) {
    context.problems.add(path, `${JSON.stringify(name)}: headers that begin with ":" and host may not be ${verb}`);
    return undefined;
  }
  if (HEADER_NAME.test(name)) return asciiLower(name);
  context.problems.add(path, `${JSON.stringify(name)} is not a header name`);
  return undefined;
}

function compileRemoval(name: string, path: string, context: CompileContext): string | undefined {
  return checkName(name, path, 'removed', context);
}

function compileAddition(
  option: HeaderValueOption,
  path: string,
  context: HeaderCompileContext,
): HeaderAddition | undefined {
  const { header } = option;
  if (header === undefined) return isMissing(path, 'header', context);
  const name = checkName(header.key, `${path}.header.key`, 'modified', context);
  const action = compileAction(option, path, context);
  const value = compileValue(header, `${path}.header`, context);
  if (name === undefined || action === undefined || value === undefined) return undefined;
  return Object.freeze({ name, action, keepsEmptyValue: option.keepEmptyValue, ...value });
}

function compileAction(option: HeaderValueOption, path: string, context: CompileContext): AppendAction | undefined {
  if (option.append !== undefined) {
    if (option.appendAction === 0) return option.append ? 'appendOrAdd' : 'overwriteOrAdd';
    context.problems.add(`${path}.append`, 'append and append_action may not both be set: use append_action alone');
    return undefined;
  }
  const action = ACTIONS[option.appendAction];
  if (action === undefined) context.problems.add(`${path}.append_action`, `${option.appendAction} is no append action`);
  return action;
}

/** Bytes that would end the header, or the text of it in other programs. */
const FORBIDDEN = /[\0\r\n]/;

function compileValue(
  header: HeaderValue,
  path: string,
  context: HeaderCompileContext,
): Pick<HeaderAddition, 'text' | 'formatter'> | undefined {
  if (header.rawValue.length > 0 && header.value !== '') {
    context.problems.add(path, 'value and raw_value may not both be set');
    return undefined;
  }
  const text = header.rawValue.length > 0 ? latin1(header.rawValue) : wireText(header.value);
  if (FORBIDDEN.test(text)) {
    context.problems.add(path, 'a value must not have line breaks or NUL');
    return undefined;
  }
  if (header.rawValue.length > 0 || !text.includes('%')) return { text, formatter: undefined };
  const formatter = valueOrReport(context.compileFormat(text, `${path}.value`), context);
  return formatter === undefined ? undefined : { text: undefined, formatter };
}

/** Header values are texts with one character for each byte. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
