/** Events are kept for an hour, so that a chatty cluster does not grow its store without end. */
import type { ApiObject } from '@weft/api';
import type { Timer } from '@weft/core';
import { kinds } from '../kinds.ts';
import type { Controller, ControllerContext } from './types.ts';

const KEEP_MS = 60 * 60 * 1000;
const SWEEP_EVERY_MS = 60 * 1000;

/** Deletes old events, a sweep at a time. */
export class EventExpiry implements Controller {
  readonly name = 'event-expiry';
  private readonly context: ControllerContext;
  private timer: Timer | undefined;
  private isStopped = false;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(context: ControllerContext) {
    this.context = context;
  }

  start(): void {
    this.timer = this.context.clock.setTimer(SWEEP_EVERY_MS, () => {
      // One sweep after the other: a slow store must not gather them.
      this.sweeping = this.sweeping.then(() => this.sweep());
      this.start();
    });
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    const { client, clock, log } = this.context;
    const before = clock.now() - KEEP_MS;
    try {
      for (const event of client.list(kinds.event)) {
        if (this.isStopped) return;
        if (lastSeen(event) >= before) continue;
        await client.delete(kinds.event, { namespace: event.metadata.namespace!, name: event.metadata.name! });
      }
    } catch (error) {
      log.warning('old events were not deleted', { error });
    }
  }
}

/** When the event was last repeated. */
function lastSeen(event: ApiObject): number {
  const series = event['series'] as { lastObservedTime?: string } | undefined;
  const times = [
    series?.lastObservedTime,
    event['lastTimestamp'],
    event['eventTime'],
    event.metadata.creationTimestamp,
  ];
  return Math.max(...times.map((time) => (typeof time === 'string' ? Date.parse(time) : 0)));
}
