/** Inputs from the certificate of the client. */
import type {
  DnsSanInput,
  SubjectInput,
  UriSanInput,
} from '@weft/proto/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs';
import { supports } from '../../compile/support.ts';
import type { CertificateView } from '../../view/tls-view.ts';
import { createInput, type MatchInputCompiler } from '../match-input.ts';

const PACKAGE = 'envoy.extensions.matching.common_inputs.ssl.v3';

/** What is supported of inputs from certificates. */
export const TLS_INPUT_SUPPORT = [
  supports<UriSanInput>(`${PACKAGE}.UriSanInput`, {}),
  supports<DnsSanInput>(`${PACKAGE}.DnsSanInput`, {}),
  supports<SubjectInput>(`${PACKAGE}.SubjectInput`, {}),
];

/** Inputs that connections by TLS have. */
export const TLS_INPUTS: readonly MatchInputCompiler[] = [
  of('uri_san', 'UriSanInput', ({ uriSans }) => uriSans.join(',')),
  of('dns_san', 'DnsSanInput', ({ dnsSans }) => dnsSans.join(',')),
  of('subject', 'SubjectInput', ({ subject }) => subject),
];

function of(name: string, type: string, read: (peer: CertificateView) => string): MatchInputCompiler {
  const input = createInput(`${name.replace('_', ' ')} of the client`, ({ connection }) => {
    const { tls } = connection;
    const text = tls?.peer === undefined ? '' : read(tls.peer);
    return text === '' ? undefined : text;
  });
  return { name: `envoy.matching.inputs.${name}`, typeName: `${PACKAGE}.${type}`, compile: () => input };
}
