/** Listeners that others than the owner of a Gateway add to it. */
import { defineKind, type KindOptions, type ObjectOf } from '../../kind/index.ts';
import { described, integer, list, object, required } from '../../schema/index.ts';
import { ageColumn, conditionColumn } from './columns.ts';
import { conditions, waitingConditions } from './conditions.ts';
import { listener, listenerFields, listenerListRules, listenerStatuses, listenerStatusFields } from './listener.ts';
import { groupName, kindName, namespaceName, objectName } from './scalars.ts';

const parentGateway = object('The Gateway that the listeners are added to.', {
  group: groupName('API group of the parent.', { default: 'gateway.networking.k8s.io' }),
  kind: kindName('Kind of the parent.', { default: 'Gateway' }),
  name: required(objectName('Name of the parent.')),
  namespace: namespaceName('Namespace of the parent; that of the set when absent.'),
});

const waiting = waitingConditions('Accepted', 'Programmed');
const WAITING_STATUS = { default: { conditions: waiting } };
const setConditions = conditions('Whether the set works, and why.', { default: waiting });
const STATUS_TEXT = 'How the controller sees the set.';
const LIST_TEXT = 'Ports that the Gateway shall listen on.';

const listOptions = {
  listType: 'map',
  mapKeys: ['name'],
  minItems: 1,
  maxItems: 64,
  rules: listenerListRules,
} as const;

const fields = {
  spec: required(
    object('Which listeners are added to which Gateway.', {
      parentRef: required(parentGateway),
      listeners: required(list(LIST_TEXT, listener, listOptions)),
    }),
  ),
  status: described(
    object(STATUS_TEXT, { conditions: setConditions, listeners: listenerStatuses }),
    STATUS_TEXT,
    WAITING_STATUS,
  ),
};

/** In the experimental version the port may be left to the implementation: absent, or 0. */
const experimentalPort = integer('Port that the listener is bound to; 0 lets the implementation choose.', {
  default: 0,
  minimum: 0,
  maximum: 65535,
});

const experimentalFields = {
  spec: required(
    object('Which listeners are added to which Gateway.', {
      parentRef: required(parentGateway),
      listeners: required(
        list(
          LIST_TEXT,
          object('A port that accepts connections of one protocol.', { ...listenerFields, port: experimentalPort }),
          listOptions,
        ),
      ),
    }),
  ),
  status: described(
    object(STATUS_TEXT, {
      conditions: setConditions,
      listeners: list(
        'One entry for each listener.',
        object('How the controller sees one listener.', {
          ...listenerStatusFields,
          port: required(integer('Port that the listener got.', { minimum: 0, maximum: 65535 })),
        }),
        { listType: 'map', mapKeys: ['name'], maxItems: 64 },
      ),
    }),
    STATUS_TEXT,
    WAITING_STATUS,
  ),
};

const common = {
  shortNames: ['lset'],
  categories: ['gateway-api'],
  scope: 'Namespaced',
  hasStatus: true,
  columns: [conditionColumn('Accepted'), conditionColumn('Programmed'), ageColumn],
} as const satisfies Partial<KindOptions<Record<string, never>>>;

/** Adds listeners to a Gateway that allows it. */
export const listenerSet = defineKind({
  ...common,
  group: 'gateway.networking.k8s.io',
  kind: 'ListenerSet',
  plural: 'listenersets',
  description: 'Adds listeners to a Gateway that allows it.',
  fields,
  versions: [{ name: 'v1', isStorage: true }],
});

/** A ListenerSet. */
export type ListenerSet = ObjectOf<typeof listenerSet>;

/** The experimental form of ListenerSet, under which it was first published. */
export const xListenerSet = defineKind({
  ...common,
  group: 'gateway.networking.x-k8s.io',
  kind: 'XListenerSet',
  plural: 'xlistenersets',
  description: 'Adds listeners to a Gateway that allows it; superseded by ListenerSet.',
  fields: experimentalFields,
  versions: [{ name: 'v1alpha1', isStorage: true }],
});

/** An XListenerSet. */
export type XListenerSet = ObjectOf<typeof xListenerSet>;
