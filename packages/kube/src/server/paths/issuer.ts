/** OpenID discovery of the service-account issuer: lets others check tokens without asking this server for each. */
import type { TokenIssuer } from '../auth/service-account.ts';
import { type ApiRequest, type ApiResponse, jsonResponse } from '../exchange.ts';
import type { PathHandler } from '../handler.ts';

/** The issuer's documents. */
export function issuerHandler(issuer: TokenIssuer): PathHandler {
  return {
    name: 'issuer',
    answer(request: ApiRequest): ApiResponse | undefined {
      if (request.path === '/.well-known/openid-configuration') {
        return jsonResponse(200, {
          issuer: issuer.url,
          jwks_uri: `${issuer.url}/openid/v1/jwks`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: [...issuer.algorithms],
        });
      }
      if (request.path === '/openid/v1/jwks') {
        return jsonResponse(200, issuer.jwks(), { contentType: 'application/jwk-set+json' });
      }
      return undefined;
    },
  };
}
