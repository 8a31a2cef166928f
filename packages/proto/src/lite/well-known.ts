// The messages of google.protobuf that messages or JSON treat in a way of their own.

const WRAPPERS: ReadonlySet<string> = new Set(
  ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'].map(
    (type) => `google.protobuf.${type}Value`,
  ),
);

/** True for google.protobuf.UInt32Value and its like: messages that hold one scalar in order to know whether it is set. */
export function isWrapper(typeName: string): boolean {
  return WRAPPERS.has(typeName);
}

/** True if the JSON of a message is not an object of its fields, which is why an Any holds it under "value". */
export function hasOwnJson(typeName: string): boolean {
  return OWN_JSON.has(typeName) || WRAPPERS.has(typeName);
}

const OWN_JSON: ReadonlySet<string> = new Set(
  ['Any', 'Duration', 'Timestamp', 'FieldMask', 'Struct', 'Value', 'ListValue'].map(
    (type) => `google.protobuf.${type}`,
  ),
);
