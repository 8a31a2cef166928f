import type { StatsSnapshot } from '@weft/telemetry';
import type { AdminCall } from './admin-call.ts';
import type { HostCountTable } from './host-counts.ts';

/** The processes that share the work of one proxy, as the one sees them whose admin interface speaks for all. */
export interface AdminWorkers {
  /** How many there are meant to be, with this one. */
  readonly count: number;
  /** Whether all of them serve. */
  readonly areReady: boolean;
  /** How many have ended without being told to, and were started again. */
  readonly restarts: number;
  /** What the others have counted; rejects with the reason when one does not answer. */
  takeStats(): Promise<readonly StatsSnapshot[]>;
  /** What the others have counted for hosts; rejects as `takeStats` does. */
  takeHostCounts(): Promise<readonly HostCountTable[]>;
  /** Has the others do the same; rejects with the reason when one does not. */
  forward(call: AdminCall): Promise<void>;
}
