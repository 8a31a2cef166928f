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
  analyze({ config }, report) {
    const oldestFirst = [...config.gateways.values()].toSorted(byAge);
    const seen = new Set<string>();
    for (const group of sharedProxies(oldestFirst)) {
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
function sharedProxies(gateways: readonly GatewayIr[]): readonly (readonly GatewayIr[])[] {
  const selectors = new Map(gateways.map(({ selector }) => [canonicalJson(selector), selector]));
  return Array.from(selectors.values(), (labels) => gateways.filter(({ selector }) => isSelected(selector, labels)));
}
