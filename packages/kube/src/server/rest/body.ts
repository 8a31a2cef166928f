/** Reads the body of a request into plain data: JSON, YAML, or Kubernetes' protobuf. */
import { isPlainObject } from '@weft/api';
import { decodeUtf8, findDuplicateJsonKeys, parseJson } from '@weft/core';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { badRequest, requestEntityTooLarge, unsupportedMediaType } from '../../shared/api-errors.ts';
import { decodeKubeProtobuf } from '../protobuf/index.ts';

/** A body as data. */
export interface ParsedBody {
  readonly value: unknown;
  /** Paths of members that stand twice in the text; asked for only by strict readers, since it reads the text again. */
  readonly duplicates: () => readonly string[];
}

const MAX_DEPTH = 200;
/** The YAML reader takes a second for so much; nobody else is served meanwhile. */
const MAX_YAML_BYTES = 256 * 1024;
const MAX_YAML_ALIASES = 100;
const READ_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const noDuplicates = (): readonly string[] => [];

/** The media type without its parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase();
}

/** Parses a body that is an object, not a patch of one. */
export function parseObjectBody(mediaType: string, body: Uint8Array): ParsedBody {
  if (mediaType !== '' && !READ_TYPES.includes(mediaType)) throw unsupportedMediaType(READ_TYPES);
  return parseBody(mediaType, body);
}

/** Parses a body by its media type. */
export function parseBody(mediaType: string, body: Uint8Array): ParsedBody {
  switch (mediaType) {
    case '':
    case 'application/json':
    case 'application/json-patch+json':
    case 'application/merge-patch+json':
    case 'application/strategic-merge-patch+json':
      return parseJsonBody(body);
    case 'application/yaml':
    case 'application/apply-patch+yaml':
      return isJsonLike(body) ? parseJsonBody(body) : parseYamlBody(body);
    case 'application/vnd.kubernetes.protobuf':
      return { value: decodeKubeProtobuf(body), duplicates: noDuplicates };
    default:
      throw unsupportedMediaType(READ_TYPES);
  }
}

/** The body's value, which must be a JSON object. */
export function expectObject(parsed: ParsedBody, what: string): Record<string, unknown> {
  if (isPlainObject(parsed.value)) return parsed.value;
  throw badRequest(`${what} must be a JSON object`);
}

function textOf(body: Uint8Array): string {
  const decoded = decodeUtf8(body);
  if (decoded.kind === 'err') throw badRequest(`the body is not valid UTF-8: ${decoded.error.message}`);
  return decoded.value;
}

function parseJsonBody(body: Uint8Array): ParsedBody {
  const text = textOf(body);
  const parsed = parseJson(text, { maxDepth: MAX_DEPTH });
  if (parsed.kind === 'err') throw badRequest(`the body is not valid JSON: ${parsed.error.message}`);
  return { value: parsed.value, duplicates: () => duplicatesIn(text, parsed.value) };
}

/** A number with an exponent is the one thing that may be longer when written again. */
const EXPONENT = /\d[eE][+-]?\d/;

/** A compact text that is as long as what it says has no member twice; only others are read once more to find them. */
function duplicatesIn(text: string, value: unknown): readonly string[] {
  if (JSON.stringify(value).length === text.length && !EXPONENT.test(text)) return [];
  return findDuplicateJsonKeys(text).map((key) => key.path);
}

function parseYamlBody(body: Uint8Array): ParsedBody {
  if (body.length > MAX_YAML_BYTES) {
    throw requestEntityTooLarge(`limit is ${MAX_YAML_BYTES} for YAML; send JSON, which may be longer`);
  }
  const document = parseDocument(textOf(body), { uniqueKeys: false, logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) throw badRequest(`the body is not valid YAML: ${yamlProblem(error.message)}`);
  return { value: plainValue(document), duplicates: () => duplicateYamlKeys(document.contents, '') };
}

/** Paths of members that stand twice, as `findDuplicateJsonKeys` tells those of JSON. */
function duplicateYamlKeys(node: unknown, path: string): string[] {
  if (isSeq(node)) return node.items.flatMap((item, i) => duplicateYamlKeys(item, `${path}[${i}]`));
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const name = String(isScalar(key) ? key.value : key);
    const at = path === '' ? name : `${path}.${name}`;
    const isTwice = seen.has(name);
    seen.add(name);
    return [...(isTwice ? [at] : []), ...duplicateYamlKeys(value, at)];
  });
}

/** One line with the place; the excerpt below it is for terminals. */
function yamlProblem(message: string): string {
  return message.split(':\n', 1)[0]!.replace('Maximum call stack size exceeded', 'it is nested too deeply');
}

function plainValue(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_YAML_ALIASES });
  } catch (error: unknown) {
    // An alias that names nothing, or aliases that multiply into more than memory holds.
    if (error instanceof ReferenceError) throw badRequest(`the body is not valid YAML: ${error.message}`);
    throw error;
  }
}

function isJsonLike(body: Uint8Array): boolean {
  for (const byte of body) {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
    return byte === 0x7b;
  }
  return false;
}
