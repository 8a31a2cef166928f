/** Cross-origin resource sharing for a route. */
import { boolean, enumeration, integer, list, object, type SchemaRule, string } from '../../schema/index.ts';
import { headerName } from './scalars.ts';

/** A URI origin whose host may hold wildcards, or `*` alone. */
const ORIGIN_PATTERN =
  '(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)';

function starStandsAlone(message: string): SchemaRule<readonly string[]> {
  return {
    message,
    cel: "self.size() < 2 || !self.exists(v, v == '*')",
    check: (values) => values.length < 2 || !values.includes('*'),
  };
}

/** Answers preflight requests and marks responses for browsers. */
export const corsFilter = object('Lets browsers call the route from pages of other origins.', {
  allowOrigins: list(
    'Origins that may call.',
    string('Origin such as https://example.com, with wildcards in its host, or * for all.', {
      minLength: 1,
      maxLength: 253,
      pattern: ORIGIN_PATTERN,
    }),
    {
      listType: 'set',
      maxItems: 64,
      rules: [starStandsAlone("AllowOrigins cannot contain '*' alongside other origins")],
    },
  ),
  allowCredentials: boolean('Callers may send cookies and the like.'),
  allowMethods: list(
    'Methods that callers may use.',
    enumeration('Method, or * for all.', [
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'DELETE',
      'CONNECT',
      'OPTIONS',
      'TRACE',
      'PATCH',
      '*',
    ]),
    {
      listType: 'set',
      maxItems: 9,
      rules: [starStandsAlone("AllowMethods cannot contain '*' alongside other methods")],
    },
  ),
  allowHeaders: list('Request headers that callers may send.', headerName('Name of a header, or * for all.'), {
    listType: 'set',
    maxItems: 64,
    rules: [starStandsAlone("AllowHeaders cannot contain '*' alongside other methods")],
  }),
  exposeHeaders: list('Response headers that callers may read.', headerName('Name of a header, or * for all.'), {
    listType: 'set',
    maxItems: 64,
  }),
  maxAge: integer('Seconds for which browsers remember the answer.', { minimum: 1, default: 5 }),
});
