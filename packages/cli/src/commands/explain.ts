import {
  type AnyKind,
  apiVersionOf,
  builtinKinds,
  explain,
  parseApiVersion,
  parseExplainTarget,
  renderExplanation,
  UnknownFieldError,
} from '@weft/api';
import { UserError } from '@weft/core';
import { defineCommand } from '../framework/command.ts';
import { arg, flag } from '../framework/flags.ts';
import { textResult } from '../framework/result.ts';
import { suggest } from '../framework/suggest.ts';

export default defineCommand({
  description:
    'Explains a kind or one of its fields: type, meaning, allowed values, default and rules. It needs no server. ' +
    'Lists and maps are stepped over, so spec.http.route means a route of an http rule.',
  status: 'stable',
  shared: ['output'],
  args: {
    target: arg.required(
      'KIND[.field[.field]]; every name of a kind works: virtualservices, VirtualService, vs',
      kindNames,
    ),
  },
  flags: {
    apiVersion: flag.string({
      description: 'the version to explain, where kinds share a name or a version differs',
      placeholder: 'GROUP/VERSION',
    }),
    recursive: flag.boolean({ description: 'list all fields below, with their types' }),
  },
  examples: [
    { title: 'Explain a kind', command: 'weft explain virtualservice' },
    { title: 'Explain a field', command: 'weft explain destinationrule.spec.trafficPolicy.outlierDetection' },
    {
      title: 'Explain the Gateway of the Gateway API, not the one of Istio',
      command: 'weft explain gateway.spec --api-version gateway.networking.k8s.io/v1',
    },
    { title: 'List every field', command: 'weft explain authorizationpolicy --recursive' },
  ],
  async run({ target, apiVersion, recursive }) {
    const { resource, fieldPath } = parseExplainTarget(target);
    const kind = findKind(resource, apiVersion);
    const version = apiVersion === undefined ? undefined : parseApiVersion(apiVersion).version;
    if (version !== undefined && !kind.versions.some((v) => v.name === version)) {
      throw new UserError(
        `${kind.kind} has no version ${version}: it has ${kind.versions.map((v) => v.name).join(', ')}`,
      );
    }
    try {
      const explanation = explain(kind, fieldPath, { version, isRecursive: recursive });
      return textResult(explanation, renderExplanation(explanation));
    } catch (error: unknown) {
      if (error instanceof UnknownFieldError) throw new UserError(error.message);
      throw error;
    }
  },
});

function findKind(name: string, apiVersion: string | undefined): AnyKind {
  const group = apiVersion === undefined ? undefined : parseApiVersion(apiVersion).group;
  const found = builtinKinds.find(name).filter((kind) => group === undefined || kind.group === group);
  const [kind] = found;
  if (kind !== undefined) return kind;
  const others = builtinKinds.find(name).map((k) => apiVersionOf(k.group, k.storageVersion));
  if (others.length > 0) throw new UserError(`${name} is not in ${apiVersion}: it is in ${others.join(' and ')}`);
  const near = suggest(name.toLowerCase(), kindNames());
  const hint = near === undefined ? 'weft api-resources lists the kinds' : `did you mean ${near}?`;
  throw new UserError(`there is no kind ${name}`, { hint });
}

function kindNames(): readonly string[] {
  return builtinKinds.kinds.flatMap((kind) => [kind.plural, kind.singular, ...kind.shortNames]);
}
