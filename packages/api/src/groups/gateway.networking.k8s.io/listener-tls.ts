/** How listeners and Gateways speak TLS. */
import { enumeration, type InferProperties, list, object, required, type SchemaRule } from '../../schema/index.ts';
import { objectReference, secretObjectReference } from './object-refs.ts';
import { portNumber, tlsOptions } from './scalars.ts';

const listenerTlsFields = {
  mode: enumeration('Whether TLS ends here or is passed on.', ['Terminate', 'Passthrough'], { default: 'Terminate' }),
  certificateRefs: list('Certificates that the listener shows to clients.', secretObjectReference, {
    listType: 'atomic',
    maxItems: 64,
  }),
  options: tlsOptions('Further settings that the implementation understands.'),
} as const;

const terminateNeedsCertificates: SchemaRule<InferProperties<typeof listenerTlsFields>> = {
  message: 'certificateRefs or options must be specified when mode is Terminate',
  cel:
    "!has(self.mode) || self.mode != 'Terminate' || (has(self.certificateRefs) && size(self.certificateRefs) > 0)" +
    ' || (has(self.options) && size(self.options) > 0)',
  check: (tls) =>
    tls.mode !== 'Terminate' || (tls.certificateRefs ?? []).length > 0 || Object.keys(tls.options ?? {}).length > 0,
};

/** How one listener speaks TLS. */
export const listenerTls = object('How the listener speaks TLS.', listenerTlsFields, {
  rules: [terminateNeedsCertificates],
});

const clientValidation = object('How certificates of clients are checked.', {
  caCertificateRefs: required(
    list('Objects with the certificates of trusted authorities.', objectReference, {
      listType: 'atomic',
      minItems: 1,
      maxItems: 8,
    }),
  ),
  mode: enumeration(
    'Whether clients without a valid certificate are refused, or let through for the backend to judge.',
    ['AllowValidOnly', 'AllowInsecureFallback'],
    { default: 'AllowValidOnly' },
  ),
});

const clientTls = object('What is asked of clients.', { validation: clientValidation });

/** TLS settings of a whole Gateway. */
export const gatewayTls = object('TLS settings of the whole Gateway.', {
  backend: object('How the Gateway shows itself to backends.', { clientCertificateRef: secretObjectReference }),
  frontend: object('What the Gateway asks of clients.', {
    default: required(clientTls),
    perPort: list(
      'Settings of single ports, in place of the default.',
      object('What is asked of clients of one port.', {
        port: required(portNumber('Port.')),
        tls: required(clientTls),
      }),
      {
        listType: 'map',
        mapKeys: ['port'],
        maxItems: 64,
        rules: [
          {
            message: 'Port for TLS configuration must be unique within the Gateway',
            cel: 'self.all(a, self.exists_one(b, a.port == b.port))',
            check: (entries) => new Set(entries.map((entry) => entry.port)).size === entries.length,
          },
        ],
      },
    ),
  }),
});
