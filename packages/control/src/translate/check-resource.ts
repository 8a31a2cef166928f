/** Whether our own proxy would take a resource. What it refuses is left out where it was made, so that one mistake does not hold up all others. */
import { err } from '@weft/core';
import { type ConfigEnvironment, compileResource, mergeRuntimeLayers, type ResourceTypeName } from '@weft/engine';
import { fromJson, type Problem, Problems } from '@weft/proto/lite';

/** Generated resources name no files, and their formats are only read, not used. */
const ENVIRONMENT: ConfigEnvironment = {
  loadData: (source, name) => err(`${source} ${name} cannot be read here`),
  formats: { hostname: '', environment: () => undefined, nowUs: () => 0, uuid: () => '' },
  runtime: mergeRuntimeLayers([]),
};

type Message = Parameters<typeof compileResource>[0];

/** Everything that the proxy would say against a resource; empty when it takes it. */
export function problemsOf(typeName: ResourceTypeName, resource: object): readonly Problem[] {
  const problems = new Problems();
  const message = fromJson<Message>(typeName, resource, problems);
  if (message === undefined || !problems.isEmpty) return problems.list;
  const result = compileResource(message, '', ENVIRONMENT);
  return result.kind === 'ok' ? [] : result.error;
}
