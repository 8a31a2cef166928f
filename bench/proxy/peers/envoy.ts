import { startPinned, versionOf } from '../programs.ts';
import { envoyConfig } from './envoy-config.ts';
import { PROXY_CORE, type ProxyPeer, writeConfig } from './peer.ts';

/** Envoy, with the same configuration as ours. */
export function envoyPeer(binary: string): ProxyPeer {
  return {
    name: 'envoy',
    version: versionOf(binary, '--version'),
    between: 'http2',
    serves: () => true,
    start: (folder, hop) => {
      const file = writeConfig(folder, `envoy-${hop.name}.json`, envoyConfig(hop));
      const args = ['-c', file, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'error'];
      return startPinned(PROXY_CORE, binary, args, hop.port);
    },
  };
}
