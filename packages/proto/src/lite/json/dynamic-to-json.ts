// google.protobuf.Struct, Value and ListValue, where they are messages and not JSON data, as JSON.
import { emptyMap } from '../new-message.ts';
import type { Fields } from '../schema.ts';
import type { Json } from './json.ts';

interface Kind {
  readonly case?: string | undefined;
  readonly value?: unknown;
}

/** The JSON that one of the three messages stands for. */
export function jsonOfValue(typeName: string, message: Fields): Json {
  switch (typeName) {
    case 'google.protobuf.Struct':
      return jsonOfStruct(message);
    case 'google.protobuf.ListValue':
      return jsonOfList(message);
    default:
      return jsonOf(message);
  }
}

function jsonOfStruct(message: Fields): Json {
  const json = emptyMap() as { [key: string]: Json };
  for (const [key, value] of Object.entries((message['fields'] ?? {}) as Fields)) json[key] = jsonOf(value as Fields);
  return json;
}

function jsonOfList(message: Fields): Json {
  return ((message['values'] ?? []) as readonly Fields[]).map(jsonOf);
}

/** A Value of no kind reads as null, as in a Struct that is JSON data. */
function jsonOf(message: Fields): Json {
  const kind = (message['kind'] ?? {}) as Kind;
  if (kind.case === 'structValue') return jsonOfStruct(kind.value as Fields);
  if (kind.case === 'listValue') return jsonOfList(kind.value as Fields);
  return kind.case === undefined || kind.case === 'nullValue' ? null : (kind.value as Json);
}
