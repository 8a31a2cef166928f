/** Who may do what with which workloads. */
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { enumeration, list, object, string } from '../../schema/index.ts';
import { istioStatus } from '../networking.istio.io/status.ts';
import { ageColumn } from '../networking.istio.io/versions.ts';
import { attachmentFields, oneAttachment } from './attachment.ts';
import { checkAuthorizationPolicy } from './authorization-policy.check.ts';
import { authorizationRule } from './authorization-rule.ts';
import { SECURITY_GROUP, securityCategories, securityVersions } from './versions.ts';

const authorizationSpec = object(
  'Who may do what.',
  {
    ...attachmentFields,
    action: enumeration('What happens to requests that match: ALLOW when absent.', [
      'ALLOW',
      'DENY',
      'AUDIT',
      'CUSTOM',
    ]),
    provider: object('Extension that decides, for CUSTOM.', {
      name: string('Name of an extension provider in the configuration of the mesh.'),
    }),
    rules: list(
      'Rules, one of which must match. An ALLOW policy without rules allows nothing; an empty rule matches everything.',
      authorizationRule,
      { maxItems: 512 },
    ),
  },
  { rules: [oneAttachment] },
);

/** Who may do what with the workloads of the mesh, a namespace or a selection. */
export const authorizationPolicy = defineKind({
  group: SECURITY_GROUP,
  kind: 'AuthorizationPolicy',
  plural: 'authorizationpolicies',
  shortNames: ['ap'],
  categories: securityCategories,
  scope: 'Namespaced',
  description: 'Who may do what with the workloads of the mesh, a namespace or a selection.',
  fields: { spec: authorizationSpec, status: istioStatus },
  versions: securityVersions,
  hasStatus: true,
  columns: [
    { name: 'Action', type: 'string', value: '.spec.action', description: 'What happens to requests that match.' },
    ageColumn,
  ],
  check: checkAuthorizationPolicy,
});

/** An AuthorizationPolicy object. */
export type AuthorizationPolicy = ObjectOf<typeof authorizationPolicy>;
