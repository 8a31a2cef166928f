/** Names, ports and durations as every Gateway API kind spells them. */
import { integer, map, type Schema, type StringOptions, string } from '../../schema/index.ts';

const LABELS = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';

/** What a host name may look like, with or without a leading wildcard label. */
export const HOSTNAME_PATTERN = `^(\\*\\.)?${LABELS}$`;

/** What the key of a label or an annotation may look like. */
export const QUALIFIED_KEY_PATTERN = `^(${LABELS}/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$`;

type Scalar<T> = (description: string, options?: StringOptions) => Schema<T>;

function text(limits: StringOptions): Scalar<string> {
  return (description, options = {}) => string(description, { ...limits, ...options });
}

/** Name of an object of any kind. */
export const objectName: Scalar<string> = text({ minLength: 1, maxLength: 253 });

/** Name of a namespace. */
export const namespaceName: Scalar<string> = text({
  minLength: 1,
  maxLength: 63,
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
});

/** Name of a listener, a route rule or a service port. */
export const sectionName: Scalar<string> = text({ minLength: 1, maxLength: 253, pattern: `^${LABELS}$` });

/** API group; empty for the core group. */
export const groupName: Scalar<string> = text({ maxLength: 253, pattern: `^$|^${LABELS}$` });

/** Kind of an object. */
export const kindName: Scalar<string> = text({
  minLength: 1,
  maxLength: 63,
  pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$',
});

/** Host name whose first label may be `*`. */
export const hostname: Scalar<string> = text({ minLength: 1, maxLength: 253, pattern: HOSTNAME_PATTERN });

/** Host name without wildcards. */
export const preciseHostname: Scalar<string> = text({ minLength: 1, maxLength: 253, pattern: `^${LABELS}$` });

/** Domain and path that tell controllers apart, such as `istio.io/gateway-controller`. */
export const controllerName: Scalar<string> = text({
  minLength: 1,
  maxLength: 253,
  pattern: `^${LABELS}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`,
});

/** Name of a header or a query parameter. */
export const headerName: Scalar<string> = text({
  minLength: 1,
  maxLength: 256,
  pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$",
});

/** Duration of the Gateway API: up to four whole numbers with the units h, m, s and ms. */
export const gatewayDuration: Scalar<string> = text({ pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$' });

/** URI with a scheme. */
export const absoluteUri: Scalar<string> = text({
  minLength: 1,
  maxLength: 253,
  pattern: '^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?',
});

/** Port from 1 to 65535. */
export function portNumber(description: string): Schema<number> {
  return integer(description, { minimum: 1, maximum: 65535 });
}

/** TLS options: free settings that an implementation understands. */
export function tlsOptions(description: string): Schema<Record<string, string>> {
  return map(description, string('Value of the option.', { maxLength: 4096 }), { maxProperties: 16 });
}
