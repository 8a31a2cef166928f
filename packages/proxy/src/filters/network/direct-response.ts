import type { DirectResponseNetworkRuntime } from '@weft/engine';
import type { TerminalFilterKind } from './network-filter.ts';
import { TerminalSessions } from './terminal-sessions.ts';

/** Answers connections with some bytes, and closes them (envoy.filters.network.direct_response). */
export const DIRECT_RESPONSE: TerminalFilterKind = {
  typeName: 'envoy.extensions.filters.network.direct_response.v3.Config',
  create: ({ config }, place) => {
    const bytes = Buffer.from((config as DirectResponseNetworkRuntime).bytes);
    return new TerminalSessions(place, 'direct_response', (stream, close) => ({
      start: () => {
        stream.write(bytes, 0, bytes.length);
        close.begin();
      },
      // What the client says is of no interest.
      onBytes: () => undefined,
      onEnd: () => undefined,
      onDrain: () => undefined,
    }));
  },
};
