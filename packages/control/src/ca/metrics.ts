/** What the authority counts, in the names that Istio's dashboards know. */
import type { Clock, ReadonlyWatch } from '@weft/core';
import type { AuthorityState } from './authority-state.ts';

/** The counters, with what Istio says of them. */
const COUNTERS = {
  csr: ['citadel_server_csr_count', 'The number of CSRs received by Citadel server.'],
  authenticationFailure: ['citadel_server_authentication_failure_count', 'The number of authentication failures.'],
  csrParsingError: ['citadel_server_csr_parsing_err_count', 'The number of errors occurred when parsing the CSR.'],
  idExtractionError: [
    'citadel_server_id_extraction_err_count',
    'The number of errors occurred when extracting the ID from CSR.',
  ],
  signError: ['citadel_server_csr_sign_err_count', 'The number of errors occurred when signing the CSR.'],
  success: ['citadel_server_success_cert_issuance_count', 'The number of certificates issuances that have succeeded.'],
} as const satisfies Record<string, readonly [name: string, help: string]>;

/** What can be counted. */
export type CaCounter = keyof typeof COUNTERS;

/** Counts, and tells when authorities end. */
export class CaMetrics {
  readonly #counts: Record<CaCounter, number> = {
    csr: 0,
    authenticationFailure: 0,
    csrParsingError: 0,
    idExtractionError: 0,
    signError: 0,
    success: 0,
  };

  count(counter: CaCounter): void {
    this.#counts[counter] += 1;
  }

  get(counter: CaCounter): number {
    return this.#counts[counter];
  }

  /** Everything in Prometheus' text format. */
  format(state: ReadonlyWatch<AuthorityState | undefined>, clock: Clock): string {
    const lines: string[] = [];
    const add = (name: string, help: string, type: 'counter' | 'gauge', value: number) =>
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`);
    for (const [counter, [name, help]] of Object.entries(COUNTERS)) {
      add(name, help, 'counter', this.#counts[counter as CaCounter]);
    }
    const known = state.get();
    if (known === undefined) return `${lines.join('\n')}\n`;
    const rootMs = known.authority.root.validToDate.getTime();
    const chainMs = Math.min(...known.authority.path.map(({ validToDate }) => validToDate.getTime()));
    const secondsLeft = (endMs: number) => Math.floor((endMs - clock.now()) / 1_000);
    const root = 'citadel_server_root_cert_expiry';
    const chain = 'citadel_server_cert_chain_expiry';
    add(
      `${root}_timestamp`,
      'The unix timestamp, in seconds, when the root cert will expire.',
      'gauge',
      rootMs / 1_000,
    );
    add(
      `${root}_seconds`,
      'The time remaining, in seconds, before the root cert will expire.',
      'gauge',
      secondsLeft(rootMs),
    );
    add(
      `${chain}_timestamp`,
      'The unix timestamp, in seconds, when the cert chain will expire.',
      'gauge',
      chainMs / 1_000,
    );
    add(
      `${chain}_seconds`,
      'The time remaining, in seconds, before the cert chain will expire.',
      'gauge',
      secondsLeft(chainMs),
    );
    return `${lines.join('\n')}\n`;
  }
}
