import { decode, fromJson, Problems, typeExists } from '@weft/proto/lite';
import type { AnyMessage, TypedMessage } from '../compile/context.ts';
import type { Problems as CompileProblems } from '../compile/problems.ts';
import { prepare } from './prepare.ts';
import type { SupportIndex } from './support-index.ts';

/** The structs that control planes send where they do not know the schema of an extension. */
const TYPED_STRUCTS: ReadonlySet<string> = new Set(['udpa.type.v1.TypedStruct', 'xds.type.v3.TypedStruct']);

interface TypedStruct {
  readonly typeUrl: string;
  readonly value?: object | undefined;
}

/** The message name in a type URL: what follows the last slash. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
}

/** The type of what an Any holds, within a `TypedStruct` too; empty where the struct cannot be read. */
export function innerTypeOf(any: AnyMessage): string {
  const outer = typeNameOf(any.typeUrl);
  if (!TYPED_STRUCTS.has(outer)) return outer;
  return typeNameOf(decodeStruct(outer, any, new Problems())?.typeUrl ?? '');
}

/** The message in an Any, decoded, validated and checked for support; undefined with the problems reported. */
export function unpackAny(
  any: AnyMessage,
  path: string,
  index: SupportIndex,
  problems: CompileProblems,
): TypedMessage | undefined {
  const report = new Problems(path);
  const message = decodeAny(any, index, report);
  if (message !== undefined && report.isEmpty) prepare(message, index, report);
  problems.addAll(report.list);
  return report.isEmpty ? message : undefined;
}

function decodeAny(any: AnyMessage, index: SupportIndex, report: Problems): TypedMessage | undefined {
  const typeName = typeNameOf(any.typeUrl);
  if (!TYPED_STRUCTS.has(typeName))
    return isUsable(typeName, index, report) ? decode(typeName, any.value, report) : undefined;
  const struct = decodeStruct(typeName, any, report);
  if (struct === undefined) return undefined;
  const inner = typeNameOf(struct.typeUrl);
  return isUsable(inner, index, report) ? fromJson(inner, struct.value ?? {}, report) : undefined;
}

function decodeStruct(typeName: string, any: AnyMessage, report: Problems): TypedStruct | undefined {
  return decode(typeName, any.value, report) as unknown as TypedStruct | undefined;
}

function isUsable(typeName: string, index: SupportIndex, report: Problems): boolean {
  if (index.fieldsOf(typeName) !== undefined) return true;
  report.add(
    '',
    typeExists(typeName) ? `${typeName} is not supported` : `unknown message type ${JSON.stringify(typeName)}`,
  );
  return false;
}
