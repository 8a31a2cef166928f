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
import { EMPTY, type FieldSet } from './field-set.ts';
import { type FieldType, fieldTypeOf } from './field-type.ts';
import { presentFields } from './present-fields.ts';

/** The versions of one kind, by apiVersion (`apps/v1`). */
export interface VersionedTypes {
  /** The type of objects in a version; undefined when the version does not exist any more. */
  typeOf(apiVersion: string): FieldType | undefined;
  /** Containers that every object of the version has from the start. */
  present(apiVersion: string): FieldSet;
  /** The object in another existing version. Never changes `object`. */
  convert(object: ApiObject, apiVersion: string): ApiObject;
}

const byKind = new WeakMap<AnyKind, VersionedTypes>();

/** The versions of a kind. */
export function typesOfKind(kind: AnyKind): VersionedTypes {
  let types = byKind.get(kind);
  if (types === undefined) {
    const names = new Map(kind.versions.map((version) => [apiVersionOf(kind.group, version.name), version.name]));
    // By apiVersion; made when first asked for.
    const present = new Map<string, FieldSet>();
    types = {
      typeOf: (apiVersion) => {
        const name = names.get(apiVersion);
        return name === undefined ? undefined : fieldTypeOf(schemaOf(kind, name));
      },
      present: (apiVersion) => {
        let fields = present.get(apiVersion);
        if (fields === undefined) {
          const name = kind.isBuiltin === true ? names.get(apiVersion) : undefined;
          fields = name === undefined ? EMPTY : presentFields(schemaOf(kind, name));
          present.set(apiVersion, fields);
        }
        return fields;
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
    present: () => EMPTY,
    convert: (object, apiVersion) => ({ ...object, apiVersion }),
  };
}
