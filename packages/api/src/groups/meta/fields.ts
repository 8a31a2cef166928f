/** Small pieces that fields of many Kubernetes kinds are made of. */
import { described, list, type Schema, string } from '../../schema/index.ts';

/** A list of strings that is owned and replaced as a whole. */
export function stringList(description: string, item = 'One entry.'): Schema<string[]> {
  return list(description, string(item), { listType: 'atomic' });
}

/** A moment, to the second. */
export function timestamp(description: string): Schema<string> {
  return string(description, { format: 'date-time', name: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time' });
}

/** A moment, to the microsecond. */
export function microTime(description: string): Schema<string> {
  return string(description, { format: 'date-time', name: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime' });
}

/** Makes a member exist in every object, as an embedded Go struct does, so that defaults and demands below it apply. */
export function alwaysPresent<S extends Schema>(schema: S): S {
  return described(schema, schema.description ?? '', { default: {}, isEmbedded: true });
}

/** Makes a member that may be left out an empty object, so that defaults and demands below it apply. */
export function filledIn<S extends Schema>(schema: S): S {
  return described(schema, schema.description ?? '', { default: {} });
}
