/** What a worker and the process that watches over it say to each other. */
import type { AdminCall, CounterList } from '@weft/proxy';
import type { Generation } from './hot-restart.ts';
import type { AskMessage, GiveMessage } from './socket-messages.ts';

/** Who a worker is; in its environment. */
export interface WorkerIdentity {
  /** From 0; the first one's admin interface speaks for all. */
  readonly index: number;
  readonly count: number;
  readonly generation: Generation;
}

/** The variable that holds the identity. */
export const WORKER_VARIABLE = 'WEFT_WORKER';

/** What one worker asks the others. */
export type Question =
  | { readonly kind: 'stats' | 'hostCounts' | 'counters' }
  | { readonly kind: 'call'; readonly call: AdminCall };

/** From a worker. */
export type WorkerMessage =
  | AskMessage
  | { readonly kind: 'leaves'; readonly key: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'quit' }
  /** What one that works has counted since it told last. */
  | { readonly kind: 'counts'; readonly increments: CounterList }
  /** What one that leaves has counted in the end. */
  | { readonly kind: 'counted'; readonly counters: CounterList }
  | { readonly kind: 'asksOthers'; readonly id: number; readonly question: Question }
  | { readonly kind: 'answers'; readonly id: number; readonly answer: unknown };

/** To a worker. */
export type WatcherMessage =
  | GiveMessage
  /** Whether all workers serve, and how many have been started again. */
  | { readonly kind: 'readiness'; readonly areReady: boolean; readonly restarts: number }
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  /** Without answers when one of the others gave none in time. */
  | { readonly kind: 'othersSay'; readonly id: number; readonly answers: readonly unknown[] | undefined }
  /** What those before have counted. */
  | { readonly kind: 'inherit'; readonly counters: CounterList }
  | { readonly kind: 'order'; readonly order: WorkerOrder };

/** `drain`: the proxy is to end. `handOver`: another worker has the same place. `end`: at once. */
export type WorkerOrder = 'drain' | 'handOver' | 'end';
