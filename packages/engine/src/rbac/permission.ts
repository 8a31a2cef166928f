import type { Permission, Permission_Set } from '@weft/proto/envoy/config/rbac/v3/rbac';
import type { UriTemplateMatchConfig } from '@weft/proto/envoy/extensions/path/match/uri_template/v3/uri_template_match';
import type { Int32Range } from '@weft/proto/envoy/type/v3/range';
import { compileList, isMissing, valueOrReport } from '../compile/matchers/outcome.ts';
import { compileStringMessage } from '../compile/matchers/string-matcher.ts';
import { supports } from '../compile/support.ts';
import { compilePathTemplate } from '../match/path-template.ts';
import { type ExtensionMessage, unpackExtension } from '../route/extension.ts';
import type { MatchView } from '../view/match-view.ts';
import { needsRequests, type RbacContext } from './rbac-context.ts';
import { addressRule, headerRule, metadataRule, pathRule, sourcedMetadataRule, urlPathRule } from './request-rules.ts';
import { ANY, allOf, leaf, notRule, oneOf, type Rule } from './rule.ts';

/** What is supported of permissions. */
export const PERMISSION_SUPPORT = [
  supports<Permission>('envoy.config.rbac.v3.Permission', {
    rule: {
      andRules: true,
      orRules: true,
      any: true,
      header: true,
      urlPath: true,
      destinationIp: true,
      destinationPort: true,
      destinationPortRange: true,
      metadata: true,
      notRule: true,
      requestedServerName: true,
      matcher: 'no filter here knows the address of the upstream before the request is routed: use destination_ip',
      uriTemplate: true,
      sourcedMetadata: true,
    },
  }),
  supports<Permission_Set>('envoy.config.rbac.v3.Permission.Set', { rules: true }),
];

/** Compiles a permission; undefined when there was a problem. Messages are decoded to a bounded depth, so the recursion is bounded. */
export function compilePermission({ rule }: Permission, path: string, context: RbacContext): Rule | undefined {
  switch (rule.case) {
    case undefined:
      return isMissing(path, 'rule', context);
    case 'any':
      return rule.value ? ANY : isMissing(path, 'any: true', context);
    case 'andRules':
    case 'orRules': {
      if (rule.value.rules.length === 0)
        return isMissing(`${path}.${SETS[rule.case]}`, 'at least one of rules', context);
      const rules = compilePermissions(rule.value.rules, `${path}.${SETS[rule.case]}.rules`, context);
      return rules && (rule.case === 'andRules' ? allOf(rules) : oneOf(rules));
    }
    case 'notRule': {
      const negated = compilePermission(rule.value, `${path}.not_rule`, context);
      return negated && notRule(negated);
    }
    case 'header':
      return headerRule(rule.value, `${path}.header`, context);
    case 'urlPath':
      return urlPathRule(rule.value, `${path}.url_path`, context);
    case 'uriTemplate':
      return templateRule(rule.value, `${path}.uri_template`, context);
    case 'metadata':
      return metadataRule(rule.value, `${path}.metadata`, context);
    case 'sourcedMetadata':
      return sourcedMetadataRule(rule.value, `${path}.sourced_metadata`, context);
    case 'destinationIp':
      return addressRule('destination', destination, rule.value, `${path}.destination_ip`, context);
    case 'destinationPort': {
      const port = rule.value;
      return leaf(({ connection }) => connection.local.port === port, `destination port ${port}`);
    }
    case 'destinationPortRange':
      return portRangeRule(rule.value, `${path}.destination_port_range`, context);
    case 'requestedServerName': {
      const name = compileStringMessage(rule.value, `${path}.requested_server_name`, context);
      return (
        name && leaf(({ connection }) => name.matches(connection.requestedServerName), `server name ${name.describe()}`)
      );
    }
    case 'matcher':
      context.problems.add(`${path}.matcher`, `extension ${rule.value.name} is not supported`);
      return undefined;
  }
}

const SETS = { andRules: 'and_rules', orRules: 'or_rules' };

/** Compiles several permissions; undefined when one of them has a problem. */
export function compilePermissions(
  messages: readonly Permission[],
  path: string,
  context: RbacContext,
): readonly Rule[] | undefined {
  return compileList(messages, path, (message, at) => compilePermission(message, at, context));
}

function destination({ connection }: MatchView) {
  return connection.local;
}

function templateRule(extension: ExtensionMessage, path: string, context: RbacContext): Rule | undefined {
  if (!needsRequests(path, context)) return undefined;
  const message = unpackExtension<UriTemplateMatchConfig>(extension, path, context, [
    'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
  ]);
  if (message === undefined) return undefined;
  const template = valueOrReport(
    compilePathTemplate(message.pathTemplate, `${path}.typed_config.path_template`),
    context,
  );
  return template && pathRule(template);
}

/** One more than the largest port, for the end of a range is not part of it. */
const MAX_PORT_BOUND = 65_536;

function portRangeRule({ start, end }: Int32Range, path: string, context: RbacContext): Rule | undefined {
  if (start < 0 || end > MAX_PORT_BOUND || start >= end) {
    context.problems.add(path, `must be from 0 to ${MAX_PORT_BOUND} and not empty, not from ${start} to ${end}`);
    return undefined;
  }
  return leaf(
    ({ connection }) => {
      const { ip, port } = connection.local;
      return ip !== undefined && start <= port && port < end;
    },
    `destination port from ${start} to ${end - 1}`,
  );
}
