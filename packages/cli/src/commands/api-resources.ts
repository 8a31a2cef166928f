import { type AnyKind, apiVersionOf, builtinKinds } from '@weft/api';
import { defineCommand } from '../framework/command.ts';
import { flag } from '../framework/flags.ts';
import { type Column, tableResult } from '../framework/result.ts';

interface Row {
  readonly name: string;
  readonly shortNames: readonly string[];
  readonly apiVersion: string;
  readonly namespaced: boolean;
  readonly kind: string;
  readonly versions: readonly string[];
  readonly categories: readonly string[];
}

const COLUMNS: readonly Column<Row>[] = [
  { header: 'NAME', value: (row) => row.name },
  { header: 'SHORTNAMES', value: (row) => row.shortNames.join(',') },
  { header: 'APIVERSION', value: (row) => row.apiVersion },
  { header: 'NAMESPACED', value: (row) => String(row.namespaced) },
  { header: 'KIND', value: (row) => row.kind },
  { header: 'VERSIONS', value: (row) => row.versions.join(','), isWide: true },
  { header: 'CATEGORIES', value: (row) => row.categories.join(','), isWide: true },
];

export default defineCommand({
  description: 'Lists the kinds that Weft knows, with every name by which they can be called. It needs no server.',
  status: 'stable',
  shared: ['output'],
  flags: {
    apiGroup: flag.string({
      description: 'only kinds of this group; core for Kubernetes’ own first group',
      placeholder: 'GROUP',
    }),
    namespaced: flag.choice(['true', 'false'], {
      description: 'only kinds that live in namespaces, or only those that do not',
    }),
  },
  examples: [
    { title: 'List all kinds', command: 'weft api-resources' },
    { title: 'List the kinds for traffic', command: 'weft api-resources --api-group networking.istio.io -o wide' },
  ],
  async run({ apiGroup, namespaced }) {
    const group = apiGroup === 'core' ? '' : apiGroup;
    const kinds = builtinKinds.kinds.filter(
      (kind) =>
        (group === undefined || kind.group === group) &&
        (namespaced === undefined || (kind.scope === 'Namespaced') === (namespaced === 'true')),
    );
    const rows = kinds.map(rowOf);
    return tableResult(rows, { columns: COLUMNS, rows, whenEmpty: 'no kinds found' });
  },
});

function rowOf(kind: AnyKind): Row {
  return {
    name: kind.plural,
    shortNames: kind.shortNames,
    apiVersion: apiVersionOf(kind.group, kind.storageVersion),
    namespaced: kind.scope === 'Namespaced',
    kind: kind.kind,
    versions: kind.versions.filter((v) => v.isServed !== false).map((v) => v.name),
    categories: kind.categories,
  };
}
