import type { Clock, Logger } from '@weft/core';
import type { Catalog } from '../catalog.ts';
import type { InternalClient } from '../internal-client.ts';

/** What controllers work with. */
export interface ControllerContext {
  readonly client: InternalClient;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A part of the server that reacts to changes of objects. */
export interface Controller {
  readonly name: string;
  start(): void;
  stop(): Promise<void>;
}
