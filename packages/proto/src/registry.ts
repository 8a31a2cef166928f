// The generated code is large and slow to load as a whole, so this registry loads the file of a message when its name first appears.
import { createRequire } from 'node:module';
import type { DescMessage, Registry } from '@bufbuild/protobuf';
import * as wellKnown from '@bufbuild/protobuf/wkt';
import { findMessage } from './find-message.ts';
import { typeFiles } from './gen/type-index.ts';
import { typeNameOf } from './type-url.ts';

const require = createRequire(import.meta.url);

/** Messages by full name, undefined for names known to be unknown; written by `lookup` only. */
const loaded = new Map<string, DescMessage | undefined>();

/** Unknown names come from the wire: remembering all of them would let a peer fill the memory. */
const MAX_REMEMBERED = 10_000;

function lookup(typeName: string): DescMessage | undefined {
  if (loaded.has(typeName)) return loaded.get(typeName);
  const message = load(typeName);
  if (message !== undefined || loaded.size < MAX_REMEMBERED) loaded.set(typeName, message);
  return message;
}

function load(typeName: string): DescMessage | undefined {
  if (typeName.startsWith('google.protobuf.')) return findMessage(wellKnown, typeName);
  if (!Object.hasOwn(typeFiles, typeName)) return undefined;
  // The generated modules have no top-level await, so Node can load them synchronously, which Any in JSON needs.
  return findMessage(require(`./gen/${typeFiles[typeName]}_pb.ts`) as Record<string, unknown>, typeName);
}

/** All generated messages and the well-known types; pass it to `toJson` and `fromJson` where Any may occur. */
export const registry: Registry = {
  kind: 'registry',
  get: lookup,
  getMessage: lookup,
  getEnum: () => undefined,
  getExtension: () => undefined,
  getExtensionFor: () => undefined,
  getService: () => undefined,
  *[Symbol.iterator]() {
    for (const typeName of Object.keys(typeFiles)) yield lookup(typeName)!;
  },
};

/** The schema that a type URL names, loading its file if need be. */
export function messageForTypeUrl(typeUrl: string): DescMessage | undefined {
  return lookup(typeNameOf(typeUrl));
}

/** True if the type URL names a message of ours; loads nothing. */
export function isKnownTypeUrl(typeUrl: string): boolean {
  const typeName = typeNameOf(typeUrl);
  return Object.hasOwn(typeFiles, typeName) || lookup(typeName) !== undefined;
}
