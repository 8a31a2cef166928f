import type { DescMessage } from '@bufbuild/protobuf';
import { findMessage } from './find-message.ts';
import { fileLoaders, typeFiles } from './gen/type-index.ts';
import { typeNameOf } from './type-url.ts';

/**
 * Loads the schema that a type URL names by dynamic import: for a browser, and for processes that must not pause while code loads.
 * Resolves to undefined for an unknown type.
 */
export async function loadMessage(typeUrl: string): Promise<DescMessage | undefined> {
  const typeName = typeNameOf(typeUrl);
  if (!Object.hasOwn(typeFiles, typeName)) return undefined;
  const module = await fileLoaders[typeFiles[typeName]!]?.();
  return module === undefined ? undefined : findMessage(module, typeName);
}
