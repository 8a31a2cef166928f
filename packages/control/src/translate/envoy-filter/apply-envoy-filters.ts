/**
 * Applies EnvoyFilters to the resources of a proxy, patch by patch. Resources are shared with other proxies, so a patch changes copies; what
 * it does not change stays the same object. A patch that cannot be applied, or makes a resource that Envoy would refuse, leaves the resource as
 * it was and is told of on the EnvoyFilter.
 */
import type { Finding } from '../../mesh/index.ts';
import { findingAt } from '../finding-at.ts';
import type { TranslationInput } from '../input.ts';
import type { ProxyResources } from '../resources.ts';
import { canonical, invalidity, type MessageJson } from './merge-json.ts';
import { type Patch, patchesFor } from './patch.ts';
import type { PatchPlace } from './patch-place.ts';
import { patchPlaces } from './places/all.ts';

/** Where a patch cannot be applied here, and what to do instead. */
const ELSEWHERE: Partial<Record<Patch['applyTo'], string>> = {
  BOOTSTRAP:
    'proxies are started with their bootstrap before they ask the control plane: change it where they are started',
  EXTENSION_CONFIG: 'filters are not fetched on their own: add the filter with HTTP_FILTER',
};

/** See the file's head. */
export function applyEnvoyFilters(
  resources: ProxyResources,
  { envoyFilters, proxy, memo }: TranslationInput,
  findings: Finding[],
): ProxyResources {
  let result = resources;
  for (const patch of patchesFor(envoyFilters, proxy)) {
    const report = (code: 'UnusablePatch' | 'PatchWithoutMatch', field: string, message: string) =>
      findings.push(findingAt(code, patch.source, field, message));
    const place = patchPlaces.find(({ applyTo }) => applyTo === patch.applyTo);
    if (place === undefined) {
      report('UnusablePatch', 'applyTo', ELSEWHERE[patch.applyTo] ?? `${patch.applyTo} is not supported`);
      continue;
    }
    const json = memo.get('patch', [patch.spec], () => readValue(patch, place));
    if (typeof json === 'string') {
      report('UnusablePatch', 'patch', json);
      continue;
    }
    const before = result;
    let isRefused = false;
    result = place.apply(result, {
      patch: { ...patch, json },
      proxy,
      edit: (typeName, resource, change) => {
        const edited = memo.get('patched', [patch.spec, proxy.type, resource], () => edit(typeName, resource, change));
        if (typeof edited !== 'string') return edited as typeof resource;
        isRefused = true;
        report('UnusablePatch', 'patch.value', edited);
        return resource;
      },
    });
    if (result === before && !isRefused) {
      report('PatchWithoutMatch', 'match', `nothing of a proxy such as ${proxy.id} is what the patch is for`);
    }
  }
  return result;
}

/** The value of a patch, or why it has none that can be used. */
function readValue({ operation, value }: Patch, { operations, typeName, applyTo }: PatchPlace): MessageJson | string {
  if (!operations.includes(operation)) {
    return `${operation} has no meaning for ${applyTo}; it takes ${operations.join(', ')}`;
  }
  if (operation === 'REMOVE') return {};
  const outcome = canonical(typeName, value);
  return outcome.kind === 'ok' ? outcome.value : `the value is no ${typeName}: ${outcome.error}`;
}

/** The resource after the change, or why it cannot be. */
function edit(typeName: string, resource: object, change: (json: MessageJson) => MessageJson): object | string {
  const before = resource as MessageJson;
  const after = change(before);
  if (after === before) return resource;
  const problem = invalidity(typeName, after);
  return problem === undefined ? after : `${nameOf(resource)} would not be valid any more: ${problem}`;
}

function nameOf(resource: object): string {
  const { name = 'it' } = resource as { readonly name?: string };
  return name;
}
