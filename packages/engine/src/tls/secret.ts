import type { GenericSecret, Secret } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/secret';
import { compileDataSource } from '../compile/data-source.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { type CertificateRuntime, compileCertificate } from './certificate.ts';
import { compileTicketKeys } from './downstream-tls.ts';
import { compileValidation, type ValidationRuntime } from './validation.ts';

/** What is supported of secrets. */
export const SECRET_SUPPORT = [
  supports<Secret>('envoy.extensions.transport_sockets.tls.v3.Secret', {
    name: true,
    type: { tlsCertificate: true, sessionTicketKeys: true, validationContext: true, genericSecret: true },
  }),
  supports<GenericSecret>('envoy.extensions.transport_sockets.tls.v3.GenericSecret', {
    secret: true,
    secrets: 'use secret',
  }),
];

/** A compiled secret. */
export type SecretRuntime =
  | { readonly kind: 'certificate'; readonly name: string; readonly certificate: CertificateRuntime }
  | { readonly kind: 'validation'; readonly name: string; readonly validation: ValidationRuntime }
  | { readonly kind: 'ticketKeys'; readonly name: string; readonly keys: readonly Uint8Array[] }
  | { readonly kind: 'generic'; readonly name: string; readonly secret: Uint8Array };

/** Compiles a secret; undefined when there was a problem. `path` may be empty. */
export function compileSecret(message: Secret, path: string, context: ConfigContext): SecretRuntime | undefined {
  const base = path === '' ? '' : `${path}.`;
  const { name, type } = message;
  switch (type.case) {
    case undefined:
      return isMissing(path, 'tls_certificate, session_ticket_keys, validation_context or generic_secret', context);
    case 'tlsCertificate': {
      const certificate = compileCertificate(type.value, `${base}tls_certificate`, context);
      return certificate && Object.freeze({ kind: 'certificate', name, certificate });
    }
    case 'validationContext': {
      const validation = compileValidation(type.value, `${base}validation_context`, context);
      return validation && Object.freeze({ kind: 'validation', name, validation });
    }
    case 'sessionTicketKeys': {
      const keys = compileTicketKeys(type.value, `${base}session_ticket_keys`, context);
      return keys && Object.freeze({ kind: 'ticketKeys', name, keys });
    }
    case 'genericSecret': {
      const { secret: source } = type.value;
      if (source === undefined) return isMissing(`${base}generic_secret`, 'secret', context);
      const secret = compileDataSource(source, `${base}generic_secret.secret`, context);
      return secret && Object.freeze({ kind: 'generic', name, secret });
    }
  }
}
