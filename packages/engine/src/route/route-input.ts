import type { RuntimeSource } from '../match/fraction.ts';
import type { MetadataSource } from '../match/metadata-matcher.ts';

/** What decisions about a route need beside the request and its connection. */
export interface RouteInput {
  /** A random whole number from 0 to 2^53 - 1: the same for all decisions about one stream, so that they agree with each other. */
  readonly randomValue: number;
  readonly runtime: RuntimeSource;
  /** Metadata that filters set, by filter name. */
  readonly dynamicMetadata: MetadataSource;
  /** Objects that filters keep under well-known keys, as text. */
  filterState(key: string): string | undefined;
}
