/**
 * The access log of a proxy that runs, cut where exchanges end. What is written of an exchange is known when its connections are gone and a
 * request that was made after it has its own line: all writers of the log share a file, which keeps their order.
 */
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { eventually, within } from '@weft/testkit';
import { parse, stringify } from 'yaml';
import type { RunningSubject } from './subject/subject.ts';

const LISTENER = 'marks';

/** A listener whose requests leave nothing but a line of their path. */
const MARKS = parse(`
name: ${LISTENER}
address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
filter_chains:
  - filters:
      - name: http
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: ${LISTENER}
          route_config:
            virtual_hosts:
              - { name: all, domains: ['*'], routes: [{ match: { prefix: / }, direct_response: { status: 204 } }] }
          http_filters:
            - name: router
              typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
`) as { filter_chains: { filters: { typed_config: Record<string, unknown> }[] }[] };

/** The bootstrap with what the log's reader needs; its ports are numbers already. */
export function withMarks(bootstrap: string, logFile: string): string {
  const whole = parse(bootstrap, { version: '1.1' }) as { static_resources: { listeners: unknown[] } };
  const marks = structuredClone(MARKS);
  marks.filter_chains[0]!.filters[0]!.typed_config['access_log'] = [
    {
      name: 'log',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
        path: logFile,
        log_format: { text_format_source: { inline_string: '%REQ(:PATH)%\n' } },
      },
    },
  ];
  whole.static_resources.listeners.push(marks);
  return stringify(whole, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** See the file's head. */
export class AccessLog {
  readonly #file: string;
  readonly #subject: RunningSubject;
  /** Characters that were looked at. */
  #offset = 0;
  #marks = 0;

  constructor(file: string, subject: RunningSubject) {
    this.#file = file;
    this.#subject = subject;
  }

  /** The lines since the last call, once there can be no more of them. */
  async take(): Promise<readonly unknown[]> {
    await eventually(async () => (await this.#connections()) === 0, { what: 'the connections of the exchange to end' });
    this.#marks += 1;
    const path = `/mark-${this.#marks}`;
    await within('a mark in the log', this.#request(path));
    const mark = `${path}\n`;
    const text = await eventually(
      () => {
        const fresh = existsSync(this.#file) ? readFileSync(this.#file, 'latin1').slice(this.#offset) : '';
        return fresh.endsWith(mark) ? fresh : undefined;
      },
      { what: `${path} in the log` },
    );
    this.#offset += text.length;
    const lines = text.slice(0, -mark.length).split('\n').slice(0, -1);
    return lines.map((line) => (line.startsWith('{') ? (JSON.parse(line) as unknown) : line));
  }

  /** How many connections with listeners there are, those that are still being inspected too. */
  async #connections(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#subject.adminPort}/stats?filter=cx_active`);
    const gauges = (await response.text()).matchAll(
      /^listener\.(?!admin\.).*\.downstream_(?:pre_)?cx_active: (\d+)$/gm,
    );
    return [...gauges].reduce((sum, [, value]) => sum + Number(value), 0);
  }

  #request(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.#subject.port(LISTENER), host: '127.0.0.1' });
      socket.on('error', reject);
      socket.on('close', () => resolve());
      // Hung up here, since a proxy that is asked to may wait for the client to go first.
      socket.once('data', () => socket.destroy());
      socket.write(`GET ${path} HTTP/1.1\r\nhost: marks\r\n\r\n`);
    });
  }
}
