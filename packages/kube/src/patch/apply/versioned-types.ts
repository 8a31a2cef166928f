/** What tracking owners needs to know of a kind: the types of its versions, and how objects move between them. */
import {
  type AnyKind,
  type ApiObject,
  apiVersionOf,
  convertObject,
  parseApiVersion,
  type Schema,
  schemaOf,
} from '@weft/api';
import { type FieldType, fieldTypeOf } from './field-type.ts';

/** The versions of one kind, by apiVersion (`apps/v1`). */
export interface VersionedTypes {
  /** The type of objects in a version; undefined when the version does not exist any more. */
  typeOf(apiVersion: string): FieldType | undefined;
  /** The object in another existing version. Never changes `object`. */
  convert(object: ApiObject, apiVersion: string): ApiObject;
}

const byKind = new WeakMap<AnyKind, VersionedTypes>();

/** The versions of a kind. */
export function typesOfKind(kind: AnyKind): VersionedTypes {
  let types = byKind.get(kind);
  if (types === undefined) {
    const names = new Map(kind.versions.map((version) => [apiVersionOf(kind.group, version.name), version.name]));
    types = {
      typeOf: (apiVersion) => {
        const name = names.get(apiVersion);
        return name === undefined ? undefined : fieldTypeOf(schemaOf(kind, name));
      },
      convert: (object, apiVersion) => convertObject(kind, object, parseApiVersion(apiVersion).version),
    };
    byKind.set(kind, types);
  }
  return types;
}

/** A kind with a single version, or with versions that all have this schema. */
export function typesOfSchema(schema: Schema, ...apiVersions: readonly string[]): VersionedTypes {
  const type = fieldTypeOf(schema);
  return {
    typeOf: (apiVersion) => (apiVersions.includes(apiVersion) ? type : undefined),
    convert: (object, apiVersion) => ({ ...object, apiVersion }),
  };
}
