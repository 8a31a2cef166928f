/** Entry points for traffic. */
import { parseIp } from '@weft/core';
import { defineKind, type ObjectOf } from '../../kind/index.ts';
import {
  described,
  enumeration,
  type InferProperties,
  integer,
  list,
  map,
  object,
  required,
  type Schema,
  type SchemaRule,
  string,
} from '../../schema/index.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { ageColumn, conditionColumn } from './columns.ts';
import { conditions, waitingConditions } from './conditions.ts';
import { listener, listenerListRules, listenerStatuses } from './listener.ts';
import { gatewayTls } from './listener-tls.ts';
import { localParametersReference } from './object-refs.ts';
import { HOSTNAME_PATTERN, objectName, QUALIFIED_KEY_PATTERN } from './scalars.ts';

const ADDRESS_TYPE_PATTERN =
  "^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$";
const hostnameValue = new RegExp(HOSTNAME_PATTERN);
const qualifiedKey = new RegExp(QUALIFIED_KEY_PATTERN);

const addressType = string('What the value is: IPAddress, Hostname, or domain/name of an implementation.', {
  default: 'IPAddress',
  minLength: 1,
  maxLength: 253,
  pattern: ADDRESS_TYPE_PATTERN,
});

interface Address {
  readonly type?: string | undefined;
  readonly value?: string | undefined;
}

function addressRules(hostnameMessage: string): SchemaRule<Address>[] {
  return [
    {
      message: `${hostnameMessage} (matching ${HOSTNAME_PATTERN})`,
      cel: `self.type != 'Hostname' || !has(self.value) || self.value.matches(r"${HOSTNAME_PATTERN}")`,
      check: ({ type, value }) => type !== 'Hostname' || value === undefined || hostnameValue.test(value),
    },
    {
      message: 'IPAddress value must be an IPv4 or IPv6 address',
      cel: "self.type != 'IPAddress' || !has(self.value) || isIP(self.value)",
      check: ({ type, value }) => type !== 'IPAddress' || value === undefined || parseIp(value) !== undefined,
    },
  ];
}

function uniqueAddresses(type: string): SchemaRule<readonly Address[]> {
  return {
    message: `${type} values must be unique`,
    cel: `self.all(a, a.type != '${type}' || !has(a.value) || self.exists_one(b, b.type == a.type && has(b.value) && b.value == a.value))`,
    check: (addresses) => {
      const values = addresses.flatMap((a) => (a.type === type && a.value !== undefined ? [a.value] : []));
      return new Set(values).size === values.length;
    },
  };
}

const specAddress = object(
  'An address that the Gateway shall have.',
  {
    type: addressType,
    value: string('The address; one is found when absent.', { maxLength: 253 }),
  },
  { rules: addressRules('Hostname value must be empty or contain only valid characters') },
);

const statusAddress = object(
  'An address that the Gateway has.',
  {
    type: addressType,
    value: required(string('The address.', { minLength: 1, maxLength: 253 })),
  },
  { rules: addressRules('Hostname value must only contain valid characters') },
);

/** Labels or annotations for what is made on behalf of the Gateway. */
function metadataMap(noun: 'label' | 'annotation', value: Schema<string>): Schema<Record<string, string>> {
  const title = noun === 'label' ? 'Label' : 'Annotation';
  return map(`${title}s for the objects that are made for the Gateway.`, value, {
    maxProperties: 8,
    rules: [
      {
        message: `${title} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.`,
        cel: `self.all(k, k.matches(r"${QUALIFIED_KEY_PATTERN}"))`,
        check: (self) => Object.keys(self).every((key) => qualifiedKey.test(key)),
      },
      {
        message: `If specified, the ${noun} key's prefix must be a DNS subdomain not longer than 253 characters in total.`,
        cel: "self.all(k, k.split('/')[0].size() < 253)",
        check: (self) => Object.keys(self).every((key) => key.split('/')[0]!.length < 253),
      },
    ],
  });
}

const infrastructure = object('Settings of the machinery behind the Gateway.', {
  labels: metadataMap(
    'label',
    string('Label value.', { maxLength: 63, pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$' }),
  ),
  annotations: metadataMap('annotation', string('Annotation value.', { maxLength: 4096 })),
  parametersRef: localParametersReference,
});

const noNamespaces = { from: 'None' } as const;

const allowedListeners = object('ListenerSets that may add listeners.', {
  namespaces: object(
    'Namespaces whose ListenerSets may attach.',
    {
      from: enumeration(
        'Whether ListenerSets of all, some, only the own or no namespace may attach.',
        ['All', 'Selector', 'Same', 'None'],
        { default: 'None' },
      ),
      selector: labelSelector('Labels of the namespaces, for Selector.'),
    },
    { default: noNamespaces },
  ),
});

const waiting = waitingConditions('Accepted', 'Programmed');

const specFields = {
  gatewayClassName: required(objectName('GatewayClass that the Gateway is of.')),
  listeners: required(
    list('Ports that the Gateway listens on.', listener, {
      listType: 'map',
      mapKeys: ['name'],
      minItems: 1,
      maxItems: 64,
      rules: listenerListRules,
    }),
  ),
  addresses: list('Addresses that the Gateway shall have.', specAddress, {
    listType: 'atomic',
    maxItems: 16,
    rules: [uniqueAddresses('IPAddress'), uniqueAddresses('Hostname')],
  }),
  infrastructure,
  allowedListeners,
  tls: gatewayTls,
  defaultScope: enumeration('Takes routes that ask for default Gateways of this scope.', ['All', 'None']),
} as const;

/** What a Gateway shall be. */
export type GatewaySpec = InferProperties<typeof specFields>;

const status = object('How the controller sees the Gateway.', {
  addresses: list('Addresses that the Gateway has.', statusAddress, { listType: 'atomic', maxItems: 16 }),
  conditions: conditions('Whether the Gateway works, and why.', { default: waiting }),
  listeners: listenerStatuses,
  attachedListenerSets: integer('How many ListenerSets are attached.'),
});

/** An entry point for traffic: addresses, ports, and who may route what comes in. */
export const kubernetesGateway = defineKind({
  group: 'gateway.networking.k8s.io',
  kind: 'Gateway',
  plural: 'gateways',
  shortNames: ['gtw'],
  categories: ['gateway-api'],
  scope: 'Namespaced',
  description: 'An entry point for traffic: addresses, ports, and who may route what comes in.',
  fields: {
    spec: required(object('What the Gateway shall be.', specFields)),
    status: described(status, 'How the controller sees the Gateway.', { default: { conditions: waiting } }),
  },
  versions: [{ name: 'v1', isStorage: true }, { name: 'v1beta1' }],
  hasStatus: true,
  columns: [
    { name: 'Class', type: 'string', value: '.spec.gatewayClassName' },
    { name: 'Address', type: 'string', value: '.status.addresses[*].value' },
    conditionColumn('Programmed'),
    ageColumn,
  ],
});

/** A Gateway of the Gateway API. */
export type KubernetesGateway = ObjectOf<typeof kubernetesGateway>;
