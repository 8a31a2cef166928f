/**
 * Which fields the messages of the Kubernetes API have. A group's table is text, one message after the other, continued on
 * indented lines: the message's name, then `jsonName:number:type` for each field. It is compiled when first needed.
 *
 * Types: `string bool int double bytes`, the special types of `special-types.ts`, or the name of a message (with the
 * namespace of its group if that is another one). `[]T` repeats, `{}T` is a map with text keys, `T?` is left out of the JSON
 * when it has its zero value, and the name `+` puts the members of the message beside those of its parent.
 */
import { MeshError } from '@weft/core';
import { messageGroups } from './messages/groups.ts';

/** One field of a message. */
export interface FieldDescriptor {
  /** Name in JSON; `+` for a message whose members belong to the parent. */
  readonly name: string;
  readonly number: number;
  readonly shape: 'single' | 'list' | 'map';
  /** Type of the value, or of items and map values. */
  readonly type: string;
  /** Qualified name of the message, where the type is one. */
  readonly message: string | undefined;
  /** Zero values are absent from the JSON. */
  readonly dropsZero: boolean;
}

/** A message, by field number. */
export interface MessageDescriptor {
  /** Qualified name, such as `core.Pod`. */
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldDescriptor>;
}

const BUILT_IN_TYPE = /^(?:string|bool|int|double|bytes|Time|MicroTime|Quantity|IntOrString|Json|StringList)$/;

/** Compiled messages by qualified name. Written by `compileGroup` only. */
const messages = new Map<string, MessageDescriptor>();
/** Namespaces whose tables are compiled. Written by `compileGroup` only. */
const compiledGroups = new Set<string>();

/** The message of a kind, or undefined when objects of this kind are not read from protobuf. */
export function messageOfKind(apiVersion: string, kind: string): MessageDescriptor | undefined {
  const group = messageGroups.find(
    (g) => (g.apiVersion === apiVersion || g.apiVersion === '') && g.kinds.includes(kind),
  );
  return group === undefined ? undefined : messageByName(`${group.namespace}.${kind}`);
}

/** The message of this qualified name, which a table mentions. */
export function messageByName(name: string): MessageDescriptor {
  const namespace = name.slice(0, name.indexOf('.'));
  if (!compiledGroups.has(namespace)) compileGroup(namespace);
  const message = messages.get(name);
  if (message === undefined) throw new MeshError('MESH_INVARIANT', `protobuf tables have no message ${name}`);
  return message;
}

function compileGroup(namespace: string): void {
  compiledGroups.add(namespace);
  const group = messageGroups.find((g) => g.namespace === namespace);
  for (const line of group?.table.replaceAll('\n  ', ' ').split('\n') ?? []) {
    const [message, ...fields] = line.split(' ');
    if (message === undefined || message === '') continue;
    const name = `${namespace}.${message}`;
    const descriptors = fields.map((field) => parseField(field, namespace));
    messages.set(name, { name, fields: new Map(descriptors.map((field) => [field.number, field])) });
  }
}

function parseField(text: string, namespace: string): FieldDescriptor {
  const [name = '', number = '', written = ''] = text.split(':');
  const dropsZero = written.endsWith('?');
  const type = written.replace(/^(?:\[\]|\{\})/, '').replace(/\?$/, '');
  const isMessage = !BUILT_IN_TYPE.test(type);
  return {
    name,
    number: Number(number),
    shape: written.startsWith('[]') ? 'list' : written.startsWith('{}') ? 'map' : 'single',
    type,
    message: isMessage ? (type.includes('.') ? type : `${namespace}.${type}`) : undefined,
    dropsZero,
  };
}
