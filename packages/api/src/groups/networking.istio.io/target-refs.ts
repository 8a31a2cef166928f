/** Objects that a policy is attached to, instead of workloads chosen by labels. */
import { type FieldPath, type Infer, type IssueReport, object, required, string } from '../../schema/index.ts';

/** One object that a policy is attached to. */
export const policyTargetReference = object('An object that this is attached to.', {
  group: string('API group of the object; empty for the core group.', {
    maxLength: 253,
    pattern: '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
  }),
  kind: required(
    string('Kind of the object.', { minLength: 1, maxLength: 63, pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$' }),
  ),
  name: required(string('Name of the object.', { minLength: 1, maxLength: 253 })),
  namespace: string('Must be empty: the object is in the namespace of this one.', {
    rules: [
      {
        message: 'cross namespace referencing is not currently supported',
        check: (namespace) => namespace === '',
        cel: 'self.size() == 0',
      },
    ],
  }),
});

/** One object that a policy is attached to. */
export type PolicyTargetReference = Infer<typeof policyTargetReference>;

const ALLOWED: ReadonlySet<string> = new Set([
  '/Service',
  'core/Service',
  'networking.istio.io/ServiceEntry',
  'gateway.networking.k8s.io/Gateway',
  'gateway.networking.k8s.io/GatewayClass',
]);

/** Checks that the object is of a kind that policies can be attached to. */
export function checkTargetReference(ref: PolicyTargetReference, path: FieldPath, report: IssueReport): void {
  const { group = '', kind } = ref;
  if (ALLOWED.has(`${group}/${kind}`)) return;
  report.invalid(
    path,
    `${group}/${kind}`,
    'targetRef must be to one of core/Service, networking.istio.io/ServiceEntry, gateway.networking.k8s.io/Gateway or gateway.networking.k8s.io/GatewayClass',
  );
}
