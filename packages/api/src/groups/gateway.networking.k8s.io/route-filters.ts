/** The filters of HTTP and gRPC rules, and what lists of them must keep to. */
import { enumeration, type Infer, list, object, required, type SchemaRule } from '../../schema/index.ts';
import { corsFilter } from './cors-filter.ts';
import { externalAuthFilter } from './external-auth-filter.ts';
import { headerFilter, requestMirror } from './header-filter.ts';
import { localObjectReference } from './object-refs.ts';
import { requestRedirect, urlRewrite } from './path-modifier.ts';
import { countOf, filterTypeRules, onceRules } from './union-rules.ts';

const GRPC_MEMBERS = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  ExtensionRef: 'extensionRef',
} as const;

const HTTP_MEMBERS = {
  CORS: 'cors',
  ...GRPC_MEMBERS,
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExternalAuth: 'externalAuth',
} as const;

const grpcFields = {
  requestHeaderModifier: headerFilter,
  responseHeaderModifier: headerFilter,
  requestMirror,
  extensionRef: localObjectReference,
} as const;

/** One step in the processing of an HTTP request. */
export const httpRouteFilter = object(
  'One step in the processing of a request or its response.',
  {
    type: required(
      enumeration('Which step it is.', [
        'RequestHeaderModifier',
        'ResponseHeaderModifier',
        'RequestMirror',
        'RequestRedirect',
        'URLRewrite',
        'ExtensionRef',
        'CORS',
        'ExternalAuth',
      ]),
    ),
    ...grpcFields,
    requestRedirect,
    urlRewrite,
    cors: corsFilter,
    externalAuth: externalAuthFilter,
  },
  { rules: filterTypeRules(HTTP_MEMBERS) },
);

/** One step in the processing of an HTTP request. */
export type HttpRouteFilter = Infer<typeof httpRouteFilter>;

/** One step in the processing of a gRPC call. */
export const grpcRouteFilter = object(
  'One step in the processing of a call or its response.',
  {
    type: required(
      enumeration('Which step it is.', [
        'ResponseHeaderModifier',
        'RequestHeaderModifier',
        'RequestMirror',
        'ExtensionRef',
      ]),
    ),
    ...grpcFields,
  },
  { rules: filterTypeRules(GRPC_MEMBERS) },
);

const redirectOrRewrite: SchemaRule<HttpRouteFilter[]> = {
  message: 'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
  cel: "!self.exists(f, f.type == 'RequestRedirect') || !self.exists(f, f.type == 'URLRewrite')",
  check: (filters) => countOf(filters, 'RequestRedirect') === 0 || countOf(filters, 'URLRewrite') === 0,
};

/** The filters of an HTTP rule or backend. */
export const httpRouteFilters = list('Steps applied to each request, in order.', httpRouteFilter, {
  listType: 'atomic',
  maxItems: 16,
  rules: [
    redirectOrRewrite,
    ...onceRules('CORS', 'RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'),
  ],
});

/** The filters of a gRPC rule or backend. */
export const grpcRouteFilters = list('Steps applied to each call, in order.', grpcRouteFilter, {
  listType: 'atomic',
  maxItems: 16,
  rules: onceRules('RequestHeaderModifier', 'ResponseHeaderModifier'),
});
