// Writes gen/lite-table.txt: one line for each message and enum, the whole schema that src/lite needs to work without generated code.
// The format is described in src/lite/table-format.ts and read by src/lite/schema.ts.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  createFileRegistry,
  type DescEnum,
  type DescExtension,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescOneof,
  type FileRegistry,
  fromBinary,
  getExtension,
  hasExtension,
  type Message,
  type ScalarType,
  toJson,
} from '@bufbuild/protobuf';
import {
  Edition,
  FeatureSet_FieldPresence,
  FieldDescriptorProto_Type,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { FLAG, PROTO2 } from '../src/lite/table-format.ts';

/** Files that hold only annotations and what they need. */
const ANNOTATION_FILES =
  /^(validate|udpa\/annotations|xds\/annotations|envoy\/annotations|google\/api\/(annotations|http)\.proto|google\/protobuf\/descriptor\.proto)/;

/** Turns the descriptors that buf wrote into the table. */
export async function writeLiteTable(descriptorFile: string, genDir: string): Promise<void> {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(descriptorFile)));
  const annotations = findAnnotations(registry);
  const lines: string[] = [];
  for (const file of registry.files) {
    if (ANNOTATION_FILES.test(file.proto.name)) continue;
    for (const message of messagesOf(file.messages)) lines.push(messageLine(message, annotations));
    for (const enumeration of enumsOf(file)) lines.push(enumLine(enumeration));
  }
  // Sorted by UTF-16 code unit, since the reader finds lines by bisection; also the same whatever order buf used.
  lines.sort((a, b) => (nameIn(a) < nameIn(b) ? -1 : 1));
  await writeFile(path.join(genDir, 'lite-table.txt'), `${lines.join('\n')}\n`);
}

interface Annotations {
  readonly rules: DescExtension;
  readonly oneofRequired: DescExtension;
  readonly disabled: DescExtension;
  readonly sensitive: DescExtension;
}

function findAnnotations(registry: FileRegistry): Annotations {
  const find = (name: string): DescExtension => {
    const extension = registry.getExtension(name);
    if (extension === undefined) throw new Error(`the descriptors have no extension ${name}: adapt the generator`);
    return extension;
  };
  return {
    rules: find('validate.rules'),
    oneofRequired: find('validate.required'),
    disabled: find('validate.disabled'),
    sensitive: find('udpa.annotations.sensitive'),
  };
}

function nameIn(line: string): string {
  return line.slice(0, line.indexOf(' '));
}

function* messagesOf(messages: readonly DescMessage[]): Iterable<DescMessage> {
  for (const message of messages) {
    yield message;
    yield* messagesOf(message.nestedMessages);
  }
}

function* enumsOf(file: DescFile): Iterable<DescEnum> {
  yield* file.enums;
  for (const message of messagesOf(file.messages)) yield* message.nestedEnums;
}

function messageLine(message: DescMessage, annotations: Annotations): string {
  const edition = message.file.edition;
  if (edition !== Edition.EDITION_PROTO2 && edition !== Edition.EDITION_PROTO3) {
    throw new Error(`${message.typeName} uses an edition other than proto2 and proto3: adapt the lite messages`);
  }
  const head = edition === Edition.EDITION_PROTO2 ? PROTO2 : 0;
  const isDisabled = option(message.proto.options, annotations.disabled) === true;
  const oneofs = message.oneofs.map((oneof) => oneofEntry(oneof, annotations));
  const fields = message.fields
    .toSorted((a, b) => a.number - b.number)
    .map((field) => fieldEntry(field, annotations, !isDisabled));
  return line(message.typeName, [head, oneofs, ...fields]);
}

function oneofEntry(oneof: DescOneof, annotations: Annotations): unknown {
  return option(oneof.proto.options, annotations.oneofRequired) === true ? [oneof.name, 1] : oneof.name;
}

/** [number, name, type, type name, flags, index of the oneof + 1, type of the map's key, rules], without what is 0 at the end. */
function fieldEntry(field: DescField, annotations: Annotations, hasRules: boolean): unknown[] {
  if (field.jsonName !== defaultJsonName(field.name)) {
    throw new Error(`${field.parent.typeName}.${field.name} has a JSON name of its own: adapt the lite messages`);
  }
  if (field.number > MAX_FIELD_NUMBER) {
    throw new Error(`${field.parent.typeName}.${field.name} has a large number: the reader's arrays would be too`);
  }
  const oneofIndex = field.oneof === undefined ? 0 : field.parent.oneofs.indexOf(field.oneof) + 1;
  const mapKey = field.fieldKind === 'map' ? field.mapKey : 0;
  const rules = hasRules ? option(field.proto.options, annotations.rules) : undefined;
  const flags = flagsOf(field, annotations.sensitive);
  const entry: unknown[] = [field.number, field.name, typeOf(field), typeNameOf(field), flags, oneofIndex, mapKey];
  if (rules !== undefined)
    entry.push(toJson(messageOf(annotations.rules), rules as Message, { useProtoFieldName: true }));
  while (entry.at(-1) === 0) entry.pop();
  return entry;
}

/** The reader finds fields in arrays by number. */
const MAX_FIELD_NUMBER = 1000;

function typeOf(field: DescField): FieldDescriptorProto_Type | ScalarType {
  if (field.message !== undefined) {
    if (field.fieldKind !== 'map' && field.delimitedEncoding) {
      throw new Error(`${field.parent.typeName}.${field.name} is a group: adapt the lite messages`);
    }
    return FieldDescriptorProto_Type.MESSAGE;
  }
  if (field.enum !== undefined) return FieldDescriptorProto_Type.ENUM;
  if (field.scalar === undefined) throw new Error(`${field.parent.typeName}.${field.name} has no type`);
  return field.scalar;
}

function typeNameOf(field: DescField): string | 0 {
  return field.message?.typeName ?? field.enum?.typeName ?? 0;
}

function flagsOf(field: DescField, sensitive: DescExtension): number {
  if (field.proto.defaultValue !== '') {
    throw new Error(`${field.parent.typeName}.${field.name} has a default value of its own: adapt the lite messages`);
  }
  let flags = 0;
  if (field.fieldKind === 'list') flags |= FLAG.list | (field.packed ? FLAG.packed : 0);
  if (field.fieldKind === 'map') flags |= FLAG.map;
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) flags |= FLAG.presence;
  const { options } = field.proto;
  if (options?.deprecated === true) flags |= FLAG.deprecated;
  if (option(options, sensitive) === true) flags |= FLAG.sensitive;
  return flags;
}

function enumLine(enumeration: DescEnum): string {
  if (enumeration.values[0]?.number !== 0) {
    throw new Error(`${enumeration.typeName} does not begin with 0, which the lite messages take for its default`);
  }
  const values = enumeration.values.map((value) => {
    const entry = [value.number, value.name];
    return value.proto.options?.deprecated === true ? [...entry, FLAG.deprecated] : entry;
  });
  return line(enumeration.typeName, values);
}

function option(options: Message | undefined, extension: DescExtension): unknown {
  return options !== undefined && hasExtension(options, extension) ? getExtension(options, extension) : undefined;
}

function messageOf(extension: DescExtension): DescMessage {
  if (extension.message === undefined) throw new Error(`${extension.typeName} is no message`);
  return extension.message;
}

function defaultJsonName(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}

/** The file is read as Latin-1, so nothing above ASCII may be in it. */
function line(name: string, content: unknown): string {
  const escaped = JSON.stringify(content).replace(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${name} ${escaped}`;
}
