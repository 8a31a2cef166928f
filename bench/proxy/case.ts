import type { Report } from '../lib/report.ts';
import type { Application } from './application.ts';
import type { Identities } from './certificates.ts';
import type { ProxyPeer } from './peers/peer.ts';

/** What there is to measure with. */
export interface CaseContext {
  readonly report: Report;
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
  /** For files; empty at the start of the run. */
  readonly folder: string;
  readonly application: Application;
  readonly identities: Identities;
  /** Ours first. */
  readonly peers: readonly ProxyPeer[];
  /** Proxies listen from here on. */
  readonly firstPort: number;
  readonly rounds: number;
}

/** One section of the benchmark. */
export interface ProxyCase {
  /** On the command line. */
  readonly name: string;
  readonly title: string;
  /** What is sent, and what is to be reached. */
  readonly text: string;
  run(context: CaseContext): Promise<void>;
}
