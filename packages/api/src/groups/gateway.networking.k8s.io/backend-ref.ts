/** Where a route sends what it matched. */
import { type InferProperties, integer, object, required, type SchemaRule } from '../../schema/index.ts';
import { groupName, kindName, namespaceName, objectName, portNumber } from './scalars.ts';

/** Members that every reference to a backend has. */
export const backendObjectFields = {
  group: groupName('API group of the backend; empty for the core group.', { default: '' }),
  kind: kindName('Kind of the backend.', { default: 'Service' }),
  name: required(objectName('Name of the backend.')),
  namespace: namespaceName('Namespace of the backend; elsewhere only where a ReferenceGrant allows it.'),
  port: portNumber('Port of the backend; a Service needs one, and it is the port of the Service, not of its pods.'),
} as const;

type BackendObject = InferProperties<typeof backendObjectFields>;

/** A Service has many ports, so one must be chosen. */
export const servicePortRule: SchemaRule<BackendObject> = {
  message: 'Must have port for Service reference',
  cel: "!(has(self.kind) && self.kind == 'Service' && (!has(self.group) || self.group == '')) || has(self.port)",
  check: (ref) => !(ref.kind === 'Service' && (ref.group ?? '') === '') || ref.port !== undefined,
};

/** A backend without a share of the traffic, as mirrors and authorization services are. */
export const backendObjectReference = object('A backend that requests are sent to.', backendObjectFields, {
  rules: [servicePortRule],
});

/** Members of a backend with a share of the traffic. */
export const backendRefFields = {
  ...backendObjectFields,
  weight: integer('Share of the traffic, relative to the sum over all backends of the rule.', {
    default: 1,
    minimum: 0,
    maximum: 1_000_000,
  }),
} as const;

/** A backend and its share of the traffic. */
export const backendRef = object('A backend and its share of the traffic.', backendRefFields, {
  rules: [servicePortRule],
});
