/** What is done: hosts, ports, methods, paths, and where a connection goes. */
import type { PermissionJson } from '@weft/proto/envoy/config/rbac/v3/rbac';
import { typed } from '../../json/typed-config.ts';
import { rangeJson } from '../../listener/addresses.ts';
import { textMatch } from '../text-matches.ts';
import { anyOperation, type OperationAttribute } from './attribute.ts';

const PORT = /^\d{1,5}$/;
const MAX_PORT = 65_535;
const TEMPLATE_PART = /\{\*{1,2}\}/;

/** Case does not matter in hosts (SEMANTICS 28). */
export const host: OperationAttribute = http((value) => ({
  header: { name: ':authority', stringMatch: textMatch(value, true) },
}));

/** The method. */
export const method: OperationAttribute = http((value) => ({
  header: value === '*' ? { name: ':method', presentMatch: true } : { name: ':method', stringMatch: textMatch(value) },
}));

/** The path without its query; `{*}` is one part of it, `{**}` any number. */
export const requestPath: OperationAttribute = http((value) => {
  if (!TEMPLATE_PART.test(value)) return { urlPath: { path: textMatch(value) } };
  const pathTemplate = value.replaceAll('{**}', '**').replaceAll('{*}', '*');
  return {
    uriTemplate: {
      name: 'uri-template',
      typedConfig: typed('envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig', { pathTemplate }),
    },
  };
});

/** The port of the workload. */
export const destinationPort: OperationAttribute = any((value) =>
  PORT.test(value) && Number(value) <= MAX_PORT ? { destinationPort: Number(value) } : undefined,
);

/** The address of the workload. */
export const destinationIp: OperationAttribute = any((value) => {
  const range = rangeJson(value);
  return range && { destinationIp: range };
});

/** The server name that the client asked for in TLS. */
export const connectionSni: OperationAttribute = any((value) => ({ requestedServerName: textMatch(value) }));

/** What a filter left in the metadata: a text, or one of a list when the value is in brackets. */
export function filterMetadata(filter: string, key: string): OperationAttribute {
  return any((value) => {
    const isList = value.startsWith('[') && value.endsWith(']');
    const text = { stringMatch: textMatch(isList ? value.slice(1, -1) : value) };
    return { metadata: { filter, path: [{ key }], value: isList ? { listMatch: { oneOf: text } } : text } };
  });
}

function http(one: (value: string) => PermissionJson): OperationAttribute {
  return { ...any(one), isHttpOnly: true };
}

function any(one: (value: string) => PermissionJson | undefined): OperationAttribute {
  return {
    side: 'operation',
    isHttpOnly: false,
    match: (values) => {
      const rules: PermissionJson[] = [];
      for (const value of values) {
        const rule = one(value);
        if (rule === undefined) return undefined;
        rules.push(rule);
      }
      return anyOperation(rules);
    },
  };
}
