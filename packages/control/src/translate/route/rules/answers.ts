/** Rules that answer requests themselves: redirects and fixed responses. */
import type { DirectResponseActionJson, RedirectActionJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type { HttpRouteSpec } from '../../../mesh/model/index.ts';
import { defined } from '../../json/defined.ts';
import type { RuleContext } from './context.ts';

type Redirect = NonNullable<HttpRouteSpec['redirect']>;
type DirectResponse = NonNullable<HttpRouteSpec['directResponse']>;

const REDIRECT_CODES: Readonly<Record<number, RedirectActionJson['responseCode']>> = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
};
/** Statuses of redirects that proxies give. */
export const REDIRECT_STATUSES: readonly number[] = Object.keys(REDIRECT_CODES).map(Number);

/** A redirect; undefined when proxies do not give its status. */
export function translateRedirect(redirect: Redirect, context: RuleContext): RedirectActionJson | undefined {
  const { redirectCode = 0, uri = '', prefixRewrite = '', authority = '', scheme = '' } = redirect;
  const responseCode = REDIRECT_CODES[redirectCode === 0 ? 301 : redirectCode];
  if (responseCode === undefined) return undefined;
  return defined<RedirectActionJson>({
    hostRedirect: authority || undefined,
    schemeRedirect: scheme || undefined,
    pathRedirect: uri || undefined,
    prefixRewrite: prefixRewrite || undefined,
    portRedirect: redirectPort(redirect, context),
    // What proxies do when nothing is said.
    responseCode: responseCode === 'MOVED_PERMANENTLY' ? undefined : responseCode,
  });
}

/** The port of the request cannot be derived by proxies, but is known here; the default port of the scheme is not written. */
function redirectPort({ port, derivePort, scheme = '' }: Redirect, context: RuleContext): number | undefined {
  const asked = derivePort === 'FROM_REQUEST_PORT' ? context.port : (port ?? 0);
  const isHttps = scheme === '' ? context.isTls : scheme === 'https';
  return asked === 0 || asked === (isHttps ? 443 : 80) ? undefined : asked;
}

/** A fixed response. */
export function translateDirectResponse({ status, body }: DirectResponse): DirectResponseActionJson {
  if (body?.string !== undefined) return { status, body: { inlineString: body.string } };
  return body?.bytes === undefined ? { status } : { status, body: { inlineBytes: body.bytes } };
}
