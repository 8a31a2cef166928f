/** What Envoy and Istio put before the type name in an Any. */
export const TYPE_URL_PREFIX = 'type.googleapis.com/';

/** The full message name in a type URL: what follows the last slash. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
}

/** The type URL of a message name. */
export function typeUrlOf(typeName: string): string {
  return TYPE_URL_PREFIX + typeName;
}
