/** What requests and calls a rule of a route applies to. */
import { enumeration, type Infer, list, object, required, type SchemaRule, string } from '../../schema/index.ts';
import { headerName } from './scalars.ts';

interface PathMatchShape {
  readonly type?: string | undefined;
  readonly value?: string | undefined;
}

const PLAIN = "['Exact', 'PathPrefix']";
const PLAIN_TYPES: ReadonlySet<string> = new Set(['Exact', 'PathPrefix']);
const PATH_CHARACTERS = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$";
const pathCharacters = new RegExp(PATH_CHARACTERS);

/** A rule for paths that are compared as text; regular expressions are left alone. */
function plainPathRule(message: string, cel: string, check: (value: string) => boolean): SchemaRule<PathMatchShape> {
  return {
    message,
    cel: `!(self.type in ${PLAIN}) || ${cel}`,
    check: (match) => !PLAIN_TYPES.has(match.type ?? '') || check(match.value ?? ''),
  };
}

function pathWithout(part: string): SchemaRule<PathMatchShape> {
  return plainPathRule(
    `must not contain '${part}' when type one of ${PLAIN}`,
    `!self.value.contains('${part}')`,
    (value) => !value.includes(part),
  );
}

function pathNotEndingIn(part: string): SchemaRule<PathMatchShape> {
  return plainPathRule(
    `must not end with '${part}' when type one of ${PLAIN}`,
    `!self.value.endsWith('${part}')`,
    (value) => !value.endsWith(part),
  );
}

const pathRules: readonly SchemaRule<PathMatchShape>[] = [
  plainPathRule(
    `value must be an absolute path and start with '/' when type one of ${PLAIN}`,
    "self.value.startsWith('/')",
    (value) => value.startsWith('/'),
  ),
  ...['//', '/./', '/../', '%2f', '%2F', '#'].map(pathWithout),
  ...['/..', '/.'].map(pathNotEndingIn),
  plainPathRule(
    `must only contain valid characters (matching ${PATH_CHARACTERS}) for types ${PLAIN}`,
    `self.value.matches(r"${PATH_CHARACTERS}")`,
    (value) => pathCharacters.test(value),
  ),
];

const pathMatch = object(
  'Which paths the match holds for.',
  {
    type: enumeration('How the path is compared.', ['Exact', 'PathPrefix', 'RegularExpression'], {
      default: 'PathPrefix',
    }),
    value: string('Path, prefix of whole path segments, or regular expression.', { default: '/', maxLength: 1024 }),
  },
  { rules: pathRules, default: { type: 'PathPrefix', value: '/' } },
);

const headerMatch = object('A header and the value it must have.', {
  type: enumeration('How the value is compared.', ['Exact', 'RegularExpression'], { default: 'Exact' }),
  name: required(headerName('Name of the header; case does not matter.')),
  value: required(string('Value or regular expression.', { minLength: 1, maxLength: 4096 })),
});

const queryParamMatch = object('A query parameter and the value it must have.', {
  type: enumeration('How the value is compared.', ['Exact', 'RegularExpression'], { default: 'Exact' }),
  name: required(headerName('Name of the parameter.')),
  value: required(string('Value or regular expression.', { minLength: 1, maxLength: 1024 })),
});

const headerMatches = list('Headers that must all match.', headerMatch, {
  listType: 'map',
  mapKeys: ['name'],
  maxItems: 16,
});

/** Conditions on an HTTP request, which must all hold. */
export const httpRouteMatch = object('Conditions on a request, which must all hold.', {
  path: pathMatch,
  headers: headerMatches,
  queryParams: list('Query parameters that must all match.', queryParamMatch, {
    listType: 'map',
    mapKeys: ['name'],
    maxItems: 16,
  }),
  method: enumeration('Method that the request must have.', [
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'DELETE',
    'CONNECT',
    'OPTIONS',
    'TRACE',
    'PATCH',
  ]),
});

/** Conditions on an HTTP request. */
export type HttpRouteMatch = Infer<typeof httpRouteMatch>;

const SERVICE_NAME = '\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*';
const METHOD_NAME = '^[A-Za-z_][A-Za-z_0-9]*$';
const serviceName = new RegExp(`^${SERVICE_NAME}$`, 'i');
const methodName = new RegExp(METHOD_NAME);

interface MethodMatchShape {
  readonly type?: string | undefined;
  readonly service?: string | undefined;
  readonly method?: string | undefined;
}

const methodRules: readonly SchemaRule<MethodMatchShape>[] = [
  {
    message: "One or both of 'service' or 'method' must be specified",
    cel: '!has(self.type) || has(self.service) || has(self.method)',
    check: (match) => match.type === undefined || match.service !== undefined || match.method !== undefined,
  },
  {
    message: `service must only contain valid characters (matching ^(?i)${SERVICE_NAME}$)`,
    cel: `(has(self.type) && self.type != 'Exact') || !has(self.service) || self.service.matches(r"^(?i)${SERVICE_NAME}$")`,
    check: (match) => !isExact(match) || match.service === undefined || serviceName.test(match.service),
  },
  {
    message: `method must only contain valid characters (matching ${METHOD_NAME})`,
    cel: `(has(self.type) && self.type != 'Exact') || !has(self.method) || self.method.matches(r"${METHOD_NAME}")`,
    check: (match) => !isExact(match) || match.method === undefined || methodName.test(match.method),
  },
];

function isExact(match: MethodMatchShape): boolean {
  return match.type === undefined || match.type === 'Exact';
}

const methodMatch = object(
  'Service and method that is called.',
  {
    type: enumeration('How the names are compared.', ['Exact', 'RegularExpression'], { default: 'Exact' }),
    service: string('Full name of the service; any when absent.', { maxLength: 1024 }),
    method: string('Name of the method; any when absent.', { maxLength: 1024 }),
  },
  { rules: methodRules },
);

/** Conditions on a gRPC call, which must all hold. */
export const grpcRouteMatch = object('Conditions on a call, which must all hold.', {
  method: methodMatch,
  headers: headerMatches,
});
