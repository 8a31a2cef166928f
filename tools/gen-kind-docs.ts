// `node tools/gen-kind-docs.ts` writes docs/kinds.md: the kinds from the registry, their subresources as the API server tells them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type AnyKind, apiVersionOf, builtinKinds } from '@weft/api';
import { noopLogger, seededRandom, systemClock } from '@weft/core';
import { generateKeyPair } from '@weft/identity';
import { ApiCore, bodyText, JwtIssuer, openStorage } from '@weft/kube/server';

/** Where the page is. */
export const kindPageFile: string = path.join(import.meta.dirname, '..', 'docs', 'kinds.md');

/** The whole page. */
export async function kindPage(): Promise<string> {
  const subresources = await offeredSubresources();
  const groups = Map.groupBy(builtinKinds.kinds, (kind) => kind.group);
  const sections = Array.from(groups, ([group, kinds]) => section(group, kinds, subresources));
  return `# Kinds

Every kind that the API server serves and \`npx weft validate\` knows, before users define their own. \`npx weft api-resources -o wide\`
lists them, \`npx weft explain KIND.field\` explains their fields. This page is made by \`tools/gen-kind-docs.ts\` from the registry in
\`packages/api/src/kinds.ts\` and from what the server tells clients about itself.

The first version is the one in which objects are stored; every object can be read and written in each version of its kind. Kinds
marked *cluster* do not live in namespaces; kinds marked *answered* are asked by a POST and not stored.

${sections.join('\n')}`;
}

/** Resource, such as `apps/v1 deployments`, to the names of its subresources. */
type Offered = ReadonlyMap<string, readonly string[]>;

function section(group: string, kinds: readonly AnyKind[], subresources: Offered): string {
  const title = group === '' ? 'Core group' : group;
  const rows = kinds.map((kind) => row(kind, subresources));
  return `## ${title}\n\n| kind | names | versions | subresources | |\n|---|---|---|---|---|\n${rows.join('')}`;
}

function row(kind: AnyKind, subresources: Offered): string {
  const served = kind.versions.filter((version) => version.isServed !== false).map((version) => version.name);
  const versions = [kind.storageVersion, ...served.filter((name) => name !== kind.storageVersion)];
  const offered = subresources.get(keyOf(apiVersionOf(kind.group, kind.storageVersion), kind.plural)) ?? [];
  const marks = [
    ...(kind.scope === 'Cluster' ? ['*cluster*'] : []),
    ...(kind.verbs === undefined ? [] : ['*answered*']),
  ];
  const names = [kind.plural, ...kind.shortNames].join(', ');
  const text = [...marks, kind.description].join('; ').replaceAll('|', '\\|');
  return `| ${kind.kind} | ${names} | ${versions.join(', ')} | ${offered.join(', ')} | ${text} |\n`;
}

function keyOf(apiVersion: string, plural: string): string {
  return `${apiVersion} ${plural}`;
}

interface ResourceList {
  readonly resources: readonly { readonly name: string }[];
}

/** Asks a server without sockets or state for its discovery documents. */
async function offeredSubresources(): Promise<Offered> {
  const [clock, random, log] = [systemClock, seededRandom(1), noopLogger];
  const storage = await openStorage({ state: ':memory:', clock, log });
  const issuer = new JwtIssuer(generateKeyPair(), clock, random);
  const core = new ApiCore({ storage, clock, random, log, version: '', caPem: '', issuer });
  const offered = new Map<string, string[]>();
  for (const kind of builtinKinds.kinds) {
    const apiVersion = apiVersionOf(kind.group, kind.storageVersion);
    const { resources } = await ask(core, kind.group === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`);
    const prefix = `${kind.plural}/`;
    const names = resources.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name.slice(prefix.length));
    offered.set(keyOf(apiVersion, kind.plural), names);
  }
  await core.close();
  await storage.close();
  return offered;
}

async function ask(core: ApiCore, url: string): Promise<ResourceList> {
  const response = await core.handler.handle({
    method: 'GET',
    path: url,
    query: new URLSearchParams(),
    headers: {},
    credentials: { authorization: undefined, certificate: { commonName: 'docs', organizations: ['system:masters'] } },
    readBody: () => Promise.resolve(new Uint8Array()),
    signal: new AbortController().signal,
  });
  if (response.kind !== 'body' || response.status !== 200) throw new Error(`${url} is not served`);
  return JSON.parse(bodyText(response.body)) as ResourceList;
}

if (import.meta.main) writeFileSync(kindPageFile, await kindPage());
