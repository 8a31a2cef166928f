import { authorizationFor, effectiveMtls, sidecarScope } from '../../mesh/index.ts';
import { type DebugPage, json, proxyIn } from '../debug-page.ts';

/** What a proxy sees. */
export const sidecarz: DebugPage = {
  name: 'sidecarz',
  summary: 'what one proxy can see: hosts, rules for them, and the policies that hold for it',
  parameters: { proxyID: 'NAME.NAMESPACE of the proxy' },
  answer: (subject, query) => {
    const found = proxyIn(subject, query);
    if ('kind' in found) return found;
    const { snapshot } = subject;
    const { sidecar, services, destinationRules, outboundTrafficPolicy } = sidecarScope(snapshot, found.proxy);
    const { ports, ...mtls } = effectiveMtls(snapshot, found.proxy);
    return json({
      sidecar,
      hosts: services.map(({ hostname }) => hostname),
      destinationRules: Object.fromEntries(
        [...destinationRules].map(([host, rules]) => [host, rules.flatMap(({ sources }) => sources)]),
      ),
      outboundTrafficPolicy,
      mtls: { ...mtls, ports: Object.fromEntries(ports) },
      authorization: authorizationFor(snapshot, found.proxy),
    });
  },
};
