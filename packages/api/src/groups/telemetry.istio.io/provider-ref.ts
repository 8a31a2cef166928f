/** Names of extension providers, which the configuration of the mesh defines. */
import { list, object, required, type Schema, string } from '../../schema/index.ts';

const providerRef = object('An extension provider of the mesh.', {
  name: required(string('Name of the provider.', { minLength: 1 })),
});

/** A list of extension providers. */
export function providerRefs(description: string): Schema<{ name: string }[]> {
  return list(description, providerRef);
}
