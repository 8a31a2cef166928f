import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, type Infer, type IssueReport, object, required, string } from '../../schema/index.ts';
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../validation/names.ts';
import { ageColumn, alwaysPresent, NONE } from '../meta/index.ts';

const NETWORKING = 'io.k8s.api.networking.v1';
const specPath = FieldPath.root.child('spec');
const MAX_CONTROLLER = 250;
const SCOPES = ['Cluster', 'Namespace'];

const ingressClassSpec = object(
  'Who takes care of ingresses of the class.',
  {
    controller: string('Controller, as a path with a domain prefix; cannot be changed.'),
    parameters: object(
      'Object with settings of the controller.',
      {
        apiGroup: string('API group of the object; empty for the core group.'),
        kind: required(string('Kind of the object.')),
        name: required(string('Name of the object.')),
        scope: string('Cluster or Namespace.', { default: 'Cluster' }),
        namespace: string('Namespace of the object, for scope Namespace.'),
      },
      { name: `${NETWORKING}.IngressClassParametersReference` },
    ),
  },
  { name: `${NETWORKING}.IngressClassSpec` },
);

/** Who takes care of ingresses of the class. */
export type IngressClassSpec = Infer<typeof ingressClassSpec>;

/** A class of ingresses. */
export const ingressClass = defineBuiltin({
  group: 'networking.k8s.io',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  scope: 'Cluster',
  description: 'A class of ingresses that one controller takes care of.',
  fields: { spec: alwaysPresent(ingressClassSpec) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    { name: 'Controller', type: 'string', value: '.spec.controller', description: 'Who takes care of the ingresses.' },
    {
      name: 'Parameters',
      type: 'string',
      description: 'Object with settings.',
      value: (object) => {
        const parameters = (object['spec'] as IngressClassSpec | undefined)?.parameters;
        if (parameters === undefined) return NONE;
        const { kind, apiGroup, name } = parameters;
        return apiGroup === undefined ? `${kind}/${name}` : `${kind}.${apiGroup}/${name}`;
      },
    },
    ageColumn,
  ],
  check({ spec = {} }, report, context) {
    checkIngressClass(spec, report);
    const old = context.old?.['spec'] as IngressClassSpec | undefined;
    if (old !== undefined && old.controller !== spec.controller) {
      report.invalid(specPath.child('controller'), spec.controller, 'field is immutable');
    }
  },
});

/** A class of ingresses. */
export type IngressClass = ObjectOf<typeof ingressClass>;

function checkIngressClass({ controller = '', parameters }: IngressClassSpec, report: IssueReport): void {
  const path = specPath.child('controller');
  if (controller === '') report.required(path);
  else if (controller.length > MAX_CONTROLLER) report.tooLong(path, MAX_CONTROLLER);
  else {
    const slash = controller.indexOf('/');
    const domain = slash < 0 ? '' : controller.slice(0, slash);
    if (domain === '' || controller.length === slash + 1) {
      report.invalid(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")');
    } else for (const problem of dns1123SubdomainProblems(domain)) report.invalid(path, domain, problem);
  }
  if (parameters === undefined) return;
  const at = specPath.child('parameters');
  for (const field of ['kind', 'name'] as const) {
    const text = parameters[field];
    if (text === '') report.required(at.child(field), `${field} is required`);
    else for (const problem of pathSegmentProblems(text)) report.invalid(at.child(field), text, problem);
  }
  const { scope = 'Cluster', namespace = '' } = parameters;
  if (!SCOPES.includes(scope)) report.notSupported(at.child('scope'), scope, SCOPES);
  if (scope === 'Namespace' && namespace === '') {
    report.required(at.child('namespace'), "`parameters.scope` is set to 'Namespace'");
  }
  if (scope === 'Cluster' && namespace !== '') {
    report.forbidden(at.child('namespace'), "`parameters.scope` is set to 'Cluster'");
  }
}
