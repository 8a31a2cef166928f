/** Which objects of the user a resource is made of, by its metadata. */
import { type JsonObject, objectsAt, textAt } from './json-reader.ts';

/** `reviews.default` for a resource that Istio's metadata ascribes to one object; empty otherwise. */
export function managedBy(resource: JsonObject | undefined): string {
  const path = textAt(resource, 'metadata', 'filter_metadata', 'istio', 'config').split('/');
  // /apis/networking.istio.io/v1/namespaces/default/virtual-service/reviews
  return path.length === 8 ? `${path[7]}.${path[5]}` : '';
}

/** `VirtualService default/reviews spec.http[0]` for each object that Weft's own metadata names. */
export function sourcesOf(resource: JsonObject | undefined): readonly string[] {
  return objectsAt(resource, 'metadata', 'filter_metadata', 'weft', 'sources').map((source) => {
    const [namespace, path] = [textAt(source, 'namespace'), textAt(source, 'path')];
    const name = namespace === '' ? textAt(source, 'name') : `${namespace}/${textAt(source, 'name')}`;
    return [textAt(source, 'kind'), name, ...(path === '' ? [] : [path])].join(' ');
  });
}
