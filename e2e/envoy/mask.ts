import { networkInterfaces } from 'node:os';
import type { Backend } from './backend/journal.ts';
import type { EnvoyCase } from './case.ts';
import type { RunningSubject } from './subject/subject.ts';

type Rule = readonly [pattern: RegExp, replacement: string];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const DATE = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g;

/** Header fields whose values are times, with what is written for them. */
const TIMED: ReadonlyMap<string, (value: string) => string> = new Map([
  ['x-envoy-upstream-service-time', () => '<ms>'],
  ['x-ratelimit-reset', () => '<s>'],
  ['retry-after', () => '<s>'],
  // At a retry a little of the whole has gone by.
  [
    'x-envoy-expected-rq-timeout-ms',
    (value: string) => (Number(value) > 1000 ? String(Math.ceil(Number(value) / 500) * 500) : value),
  ],
]);

/** Takes out what differs from run to run: ports, dates, ids, durations. */
export class Masker {
  readonly #rules: readonly Rule[];

  constructor(given: EnvoyCase, backends: ReadonlyMap<string, Backend>, running: RunningSubject, folder: string) {
    const listeners = [...new Set(given.exchanges.map(({ listener = 'main' }) => listener))];
    const port = (number: number, name: string): Rule => [new RegExp(`\\b${number}\\b`, 'g'), name];
    this.#rules = [
      ...[...backends].map(([name, backend]) => port(backend.port, `$PORT_${name}`)),
      ...listeners.map((name) => port(running.port(name), `$LISTENER_${name}`)),
      [new RegExp(folder, 'g'), '$FILES'],
      // What a proxy writes in place of a loopback address.
      ...machineAddresses().map((address): Rule => [new RegExp(address.replaceAll('.', '\\.'), 'g'), '<this machine>']),
      [UUID, '<uuid $1>'],
      [DATE, '<date>'],
      // The ports that clients connect from.
      [/(\b127\.\d+\.\d+\.\d+):\d{4,5}\b/g, '$1:<port>'],
      [/\bHash=[0-9a-f]{64}/g, 'Hash=<hash>'],
      ...(given.mask ?? []).map(([pattern, replacement]): Rule => [new RegExp(pattern, 'g'), replacement]),
    ];
  }

  /** The value with every text in it masked. */
  mask<T>(value: T): T {
    return this.#walk(value) as T;
  }

  #walk(value: unknown): unknown {
    if (typeof value === 'string') return this.#rules.reduce((text, [from, to]) => text.replace(from, to), value);
    if (Array.isArray(value)) {
      const timed = value.length === 2 ? TIMED.get(String(value[0]).toLowerCase()) : undefined;
      if (timed !== undefined) return [value[0], timed(String(value[1]))];
      return value.map((one) => this.#walk(one));
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#walk(inner)]));
  }
}

function machineAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address);
}
