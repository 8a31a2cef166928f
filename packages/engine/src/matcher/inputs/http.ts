/** Inputs from requests and responses. */
import type {
  HttpRequestHeaderMatchInput,
  HttpRequestQueryParamMatchInput,
  HttpRequestTrailerMatchInput,
  HttpResponseHeaderMatchInput,
  HttpResponseTrailerMatchInput,
} from '@weft/proto/envoy/type/matcher/v3/http_inputs';
import type {
  HttpResponseStatusCodeClassMatchInput,
  HttpResponseStatusCodeMatchInput,
} from '@weft/proto/envoy/type/matcher/v3/status_code_input';
import { supports } from '../../compile/support.ts';
import { asciiLower } from '../../match/ascii.ts';
import type { HeaderSource } from '../../match/header-matcher.ts';
import { queryValue } from '../../match/query-matcher.ts';
import { queryOf } from '../../route/conditions.ts';
import type { MatchView } from '../../view/match-view.ts';
import { createInput, type MatchInputCompiler } from '../match-input.ts';

const PACKAGE = 'envoy.type.matcher.v3';

/** What is supported of inputs from requests and responses. */
export const HTTP_INPUT_SUPPORT = [
  supports<HttpRequestHeaderMatchInput>(`${PACKAGE}.HttpRequestHeaderMatchInput`, { headerName: true }),
  supports<HttpRequestTrailerMatchInput>(`${PACKAGE}.HttpRequestTrailerMatchInput`, { headerName: true }),
  supports<HttpResponseHeaderMatchInput>(`${PACKAGE}.HttpResponseHeaderMatchInput`, { headerName: true }),
  supports<HttpResponseTrailerMatchInput>(`${PACKAGE}.HttpResponseTrailerMatchInput`, { headerName: true }),
  supports<HttpRequestQueryParamMatchInput>(`${PACKAGE}.HttpRequestQueryParamMatchInput`, { queryParam: true }),
  supports<HttpResponseStatusCodeMatchInput>(`${PACKAGE}.HttpResponseStatusCodeMatchInput`, {}),
  supports<HttpResponseStatusCodeClassMatchInput>(`${PACKAGE}.HttpResponseStatusCodeClassMatchInput`, {}),
];

/** Inputs that requests have. */
export const REQUEST_INPUTS: readonly MatchInputCompiler[] = [
  headerInput('request_headers', 'HttpRequestHeaderMatchInput', 'header', ({ request }) => request),
  headerInput('request_trailers', 'HttpRequestTrailerMatchInput', 'trailer', ({ requestTrailers }) => requestTrailers),
  {
    name: 'envoy.matching.inputs.query_params',
    typeName: `${PACKAGE}.HttpRequestQueryParamMatchInput`,
    compile: (message) => {
      const { queryParam } = message as HttpRequestQueryParamMatchInput;
      return createInput(
        `query parameter ${queryParam}`,
        ({ request }) => {
          const value = request && queryValue(queryOf(request.path), queryParam);
          return value === undefined ? undefined : decodePercent(value);
        },
        true,
      );
    },
  },
];

/** Inputs that responses have: they are absent while there is none. */
export const RESPONSE_INPUTS: readonly MatchInputCompiler[] = [
  headerInput('response_headers', 'HttpResponseHeaderMatchInput', 'response header', ({ response }) => response),
  headerInput(
    'response_trailers',
    'HttpResponseTrailerMatchInput',
    'response trailer',
    ({ responseTrailers }) => responseTrailers,
  ),
  {
    name: 'envoy.matching.inputs.status_code_input',
    typeName: `${PACKAGE}.HttpResponseStatusCodeMatchInput`,
    compile: () => createInput('status', ({ response }) => response && String(response.status)),
  },
  {
    name: 'envoy.matching.inputs.status_code_class_input',
    typeName: `${PACKAGE}.HttpResponseStatusCodeClassMatchInput`,
    compile: () => createInput('class of the status', ({ response }) => response && statusClass(response.status)),
  },
];

function headerInput(
  name: string,
  type: string,
  what: string,
  sourceOf: (view: MatchView) => HeaderSource | undefined,
): MatchInputCompiler {
  return {
    name: `envoy.matching.inputs.${name}`,
    typeName: `${PACKAGE}.${type}`,
    compile: (message) => {
      const header = asciiLower((message as HttpRequestHeaderMatchInput).headerName);
      return createInput(`${what} ${header}`, (view) => sourceOf(view)?.get(header), true);
    },
  };
}

function statusClass(status: number): string | undefined {
  return status >= 100 && status < 600 ? `${Math.trunc(status / 100)}xx` : undefined;
}

/** Here, unlike in the matching of routes, Envoy decodes percent-encoding. */
function decodePercent(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
