import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type MessageShape,
  toJson,
} from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { messageForTypeUrl, registry } from './registry.ts';

/** The message in an Any of any known type, or undefined for an unknown one; throws if its bytes do not decode. */
export function unpackKnownAny(any: Any): { readonly schema: DescMessage; readonly message: Message } | undefined {
  const schema = messageForTypeUrl(any.typeUrl);
  return schema === undefined ? undefined : { schema, message: fromBinary(schema, any.value) };
}

/**
 * An Any as Envoy's config_dump prints it: the fields of the message beside "@type", nested ones too. A type that is not known keeps
 * its bytes in "value", in base64.
 */
export function anyToJson(any: Any): JsonObject {
  if (messageForTypeUrl(any.typeUrl) === undefined) {
    return { '@type': any.typeUrl, value: Buffer.from(any.value).toString('base64') };
  }
  return toJson(AnySchema, any, { registry }) as JsonObject;
}

/** Reads what `anyToJson` writes for known types; throws with the name of an unknown field or a wrong value. */
export function anyFromJson(json: JsonValue): Any {
  return fromJson(AnySchema, json, { registry });
}

/** A message as JSON with every nested Any resolved; throws for an Any of an unknown type. */
export function messageToJson<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): JsonValue {
  return toJson(schema, message, { registry });
}

/** A message from JSON with every nested Any resolved; throws on unknown fields. */
export function messageFromJson<Desc extends DescMessage>(schema: Desc, json: JsonValue): MessageShape<Desc> {
  return fromJson(schema, json, { registry });
}
