/** Redirects and rewrites. */
import { enumeration, integer, object, required, string } from '../../schema/index.ts';
import { portNumber, preciseHostname } from './scalars.ts';
import { discriminatorRules } from './union-rules.ts';

const pathModifier = object(
  'How the path of the request changes.',
  {
    type: required(enumeration('What of the path is replaced.', ['ReplaceFullPath', 'ReplacePrefixMatch'])),
    replaceFullPath: string('Path that takes the place of the whole path.', { maxLength: 1024 }),
    replacePrefixMatch: string('Path that takes the place of the prefix that the rule matched.', { maxLength: 1024 }),
  },
  {
    rules: discriminatorRules('type', {
      ReplaceFullPath: 'replaceFullPath',
      ReplacePrefixMatch: 'replacePrefixMatch',
    }),
  },
);

/** Answers with a redirect. */
export const requestRedirect = object('Answers with a redirect instead of forwarding the request.', {
  scheme: enumeration('Scheme of the new location; that of the request when absent.', ['http', 'https']),
  hostname: preciseHostname('Host of the new location; that of the request when absent.'),
  path: pathModifier,
  port: portNumber('Port of the new location; derived from the scheme or the listener when absent.'),
  statusCode: integer('Status of the answer.', { default: 302, enum: [301, 302, 303, 307, 308] }),
});

/** Changes host and path on the way to the backend. */
export const urlRewrite = object('Changes host and path of the request on the way to the backend.', {
  hostname: preciseHostname('Host header that the backend sees.'),
  path: pathModifier,
});
