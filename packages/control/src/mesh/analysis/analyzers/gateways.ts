import { canonicalJson } from '@weft/api';
import type { GatewayIr } from '../../model/index.ts';
import { isSelected } from '../../names/labels.ts';
import { byAge, keyOfRef } from '../../names/object-ref.ts';
import { mergeGateways } from '../../query/merged-gateways.ts';
import type { Analyzer } from '../analyzer.ts';

const WHY = {
  protocol: 'the port speaks another protocol there',
  'port-name': 'two HTTPS servers of one Gateway need port names of their own',
  host: 'the host is served there',
} as const;

/** Gateways: servers and hosts that an older one has. */
export const gatewayAnalyzer: Analyzer = {
  name: 'gateways',
  analyze({ config, settings }, report) {
    const oldestFirst = [...config.gateways.values()].toSorted(byAge);
    const seen = new Set<string>();
    for (const group of sharedProxies(oldestFirst, settings.options.scopesGatewaysToNamespace === true)) {
      for (const { server, other, reason, port, host } of mergeGateways(group, []).conflicts) {
        const what = host === undefined ? `port ${port}` : `${host} on port ${port}`;
        const message = `${what} is taken by ${other.path} of ${keyOfRef(other.object)}, which is older: ${WHY[reason]}`;
        const id = `${keyOfRef(server.object)} ${server.path} ${message}`;
        if (seen.has(id)) continue;
        seen.add(id);
        report('GatewayConflict', server.object, message, server.path);
      }
    }
  },
};

/** Gateways that run on the same proxies, as far as selectors alone tell: each selector with all that ask for less. */
function sharedProxies(gateways: readonly GatewayIr[], isScoped: boolean): readonly (readonly GatewayIr[])[] {
  const placeOf = ({ ref }: GatewayIr): string => (isScoped ? ref.namespace : '');
  const kinds = new Map(gateways.map((gateway) => [canonicalJson([placeOf(gateway), gateway.selector]), gateway]));
  return Array.from(kinds.values(), (first) =>
    gateways.filter((other) => placeOf(other) === placeOf(first) && isSelected(other.selector, first.selector)),
  );
}
