import { defineKind, type ObjectMeta, type ObjectOf, specPath } from '../../kind/index.ts';
import { type Infer, type IssueReport, integer, map, object, string } from '../../schema/index.ts';
import { istioStatus } from './status.ts';
import { ageColumn, NETWORKING_GROUP, networkingCategories } from './versions.ts';
import { checkMatchLabelsSelector, matchLabelsSelector } from './workload-selector.ts';

const proxyConfigSpec = object('How proxies are started.', {
  selector: matchLabelsSelector,
  concurrency: integer('Worker threads of the proxy; 0 means one for each core.', { nullable: true, minimum: 0 }),
  environmentVariables: map('Environment of the proxy.', string('Value of the variable.', { maxLength: 2048 })),
  image: object('Image of the proxy.', { imageType: string('Kind of the image: default, debug or distroless.') }),
});

function checkProxyConfig(
  config: { readonly metadata: ObjectMeta; readonly spec?: Infer<typeof proxyConfigSpec> },
  report: IssueReport,
): void {
  checkMatchLabelsSelector(config.spec?.selector, specPath.child('selector'), report);
  for (const name of Object.keys(config.spec?.environmentVariables ?? {})) {
    // The process could not be started with such a name.
    if (name !== '' && !name.includes('=') && !name.includes('\0')) continue;
    report.invalid(specPath.child('environmentVariables'), name, 'is not the name of an environment variable');
  }
}

/** How proxies of a namespace, or of selected workloads, are started. */
export const proxyConfig = defineKind({
  group: NETWORKING_GROUP,
  kind: 'ProxyConfig',
  plural: 'proxyconfigs',
  categories: networkingCategories,
  scope: 'Namespaced',
  description: 'How proxies of a namespace, or of selected workloads, are started.',
  fields: { spec: proxyConfigSpec, status: istioStatus },
  versions: [{ name: 'v1beta1', isStorage: true }],
  hasStatus: true,
  columns: [ageColumn],
  check: checkProxyConfig,
});

/** A ProxyConfig object. */
export type ProxyConfig = ObjectOf<typeof proxyConfig>;
