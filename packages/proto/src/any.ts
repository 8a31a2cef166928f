// Needs no registry and no module of Node, so that the engine can use it in a browser too.
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { typeNameOf, typeUrlOf } from './type-url.ts';

/** Wraps a message, or the fields of one, into an Any. */
export function packAny<Desc extends DescMessage>(schema: Desc, value: MessageInitShape<Desc>): Any {
  const message = create(schema, value);
  return create(AnySchema, { typeUrl: typeUrlOf(schema.typeName), value: toBinary(schema, message) });
}

/** Wraps bytes that are already encoded, without copying them. */
export function packAnyBytes(schema: DescMessage, value: Uint8Array<ArrayBuffer>): Any {
  return create(AnySchema, { typeUrl: typeUrlOf(schema.typeName), value });
}

/** True if the Any holds a message of this schema. */
export function isAny(any: Any, schema: DescMessage): boolean {
  return typeNameOf(any.typeUrl) === schema.typeName;
}

/** The message in an Any, or undefined if it is of another type; throws if its bytes do not decode. */
export function unpackAny<Desc extends DescMessage>(any: Any, schema: Desc): MessageShape<Desc> | undefined {
  return isAny(any, schema) ? fromBinary(schema, any.value) : undefined;
}
