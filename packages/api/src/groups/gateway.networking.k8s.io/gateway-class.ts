/** Kinds of Gateways that the cluster offers. */
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import { described, list, object, required, string } from '../../schema/index.ts';
import { ageColumn, conditionColumn } from './columns.ts';
import { conditions, waitingConditions } from './conditions.ts';
import { parametersReference } from './object-refs.ts';
import { controllerName } from './scalars.ts';

const feature = object('A feature of the Gateway API.', {
  name: required(string('Name of the feature, such as HTTPRouteQueryParamMatching.')),
});

const waiting = waitingConditions('Accepted');

const status = object('How the controller sees the class.', {
  conditions: conditions('Whether the controller accepts the class, and why.', { default: waiting }),
  supportedFeatures: list('Features that Gateways of the class have, sorted by name.', feature, {
    listType: 'map',
    mapKeys: ['name'],
    maxItems: 64,
  }),
});

/** A kind of Gateway that users may ask for, and the controller that makes it. */
export const gatewayClass = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'GatewayClass',
  plural: 'gatewayclasses',
  shortNames: ['gc'],
  categories: ['gateway-api'],
  scope: 'Cluster',
  description: 'A kind of Gateway that users may ask for, and the controller that makes it.',
  fields: {
    spec: required(
      object('Who makes Gateways of the class, and how.', {
        controllerName: required(
          controllerName('Controller that makes Gateways of the class; it cannot be changed.', {
            rules: [
              {
                message: 'Value is immutable',
                cel: 'self == oldSelf',
                isTransition: true,
                check: (self, old) => old === undefined || self === old,
              },
            ],
          }),
        ),
        parametersRef: parametersReference,
        description: string('What the class is for, in a few words.', { maxLength: 64 }),
      }),
    ),
    status: described(status, 'How the controller sees the class.', { default: { conditions: waiting } }),
  },
  versions: [{ name: 'v1', isStorage: true }, { name: 'v1beta1' }],
  hasStatus: true,
  columns: [
    { name: 'Controller', type: 'string', value: '.spec.controllerName' },
    conditionColumn('Accepted'),
    ageColumn,
    { name: 'Description', type: 'string', value: '.spec.description', priority: 1 },
  ],
});

/** A GatewayClass. */
export type GatewayClass = ObjectOf<typeof gatewayClass>;
