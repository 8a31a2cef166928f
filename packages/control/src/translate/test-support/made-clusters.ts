/** Clusters of tests: by name, and whether our proxy takes them. */
import assert from 'node:assert/strict';
import type { ClusterJson } from '@weft/proto/envoy/config/cluster/v3/cluster';
import type { Finding, MeshProxy } from '../../mesh/index.ts';
import { outboundClusters } from '../cluster/index.ts';
import { problemsOf } from './compile.ts';
import { inputOf } from './mesh-input.ts';

/** Clusters, and the findings about what they are made of. */
export interface MadeClusters {
  readonly names: readonly string[];
  readonly findings: readonly Finding[];
  readonly cluster: (name: string) => ClusterJson;
}

/** The outbound clusters of a proxy; all must be ones that our proxy takes, except for the reasons given. */
export function madeClusters(
  yaml: string,
  proxy: Partial<MeshProxy> = {},
  refusals: readonly RegExp[] = [],
): MadeClusters {
  const findings: Finding[] = [];
  return clustersByName(outboundClusters(inputOf(yaml, { proxy }), findings), findings, refusals);
}

/** Clusters by name, checked as above. */
export function clustersByName(
  clusters: readonly ClusterJson[],
  findings: readonly Finding[],
  refusals: readonly RegExp[] = [],
): MadeClusters {
  const problems = clusters.flatMap((one) => problemsOf('envoy.config.cluster.v3.Cluster', one));
  const unexpected = problems.filter((problem) => !refusals.some((reason) => reason.test(problem)));
  assert.deepEqual(unexpected, []);
  for (const reason of refusals)
    assert.ok(
      problems.some((problem) => reason.test(problem)),
      `nobody says ${reason}`,
    );
  const byName = new Map(clusters.map((one) => [one.name!, one]));
  assert.equal(byName.size, clusters.length, 'names are unique');
  return {
    names: [...byName.keys()],
    findings,
    cluster: (name) => byName.get(name) ?? assert.fail(`no cluster ${name} in ${[...byName.keys()].join(' ')}`),
  };
}
