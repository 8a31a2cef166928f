import type { TerminalFilterKind } from './network-filter.ts';
import { TerminalSessions } from './terminal-sessions.ts';

/** Sends back what comes (envoy.filters.network.echo). */
export const ECHO: TerminalFilterKind = {
  typeName: 'envoy.extensions.filters.network.echo.v3.Echo',
  create: (_filter, place) =>
    new TerminalSessions(place, '', (stream, close) => {
      const onBytes = (bytes: Buffer, start: number, end: number): void => {
        stream.write(bytes, start, end);
        if (stream.isCongested) stream.pause();
      };
      return {
        start: (first) => {
          if (first !== undefined) onBytes(first, 0, first.length);
        },
        onBytes,
        onEnd: () => close.begin(),
        onDrain: () => stream.resume(),
      };
    }),
};
