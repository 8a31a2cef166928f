import type { Operator } from '../operator.ts';
import { ADDRESS_OPERATORS } from './addresses.ts';
import { CEL_OPERATORS } from './cel.ts';
import { COALESCE_OPERATORS } from './coalesce.ts';
import { DURATION_OPERATORS } from './durations.ts';
import { FILTER_STATE_OPERATORS } from './filter-state.ts';
import { GRPC_OPERATORS } from './grpc-status.ts';
import { HEADER_OPERATORS } from './headers.ts';
import { METADATA_OPERATORS } from './metadata.ts';
import { PROCESS_OPERATORS } from './process.ts';
import { REFUSED } from './refused.ts';
import { REQUEST_OPERATORS } from './request.ts';
import { STREAM_OPERATORS } from './stream.ts';
import { TIME_OPERATORS } from './times.ts';
import { TLS_OPERATORS } from './tls.ts';
import { UPSTREAM_OPERATORS } from './upstream.ts';

const ALL: readonly Operator[] = [
  ...TIME_OPERATORS,
  ...STREAM_OPERATORS,
  ...HEADER_OPERATORS,
  ...REQUEST_OPERATORS,
  ...GRPC_OPERATORS,
  ...DURATION_OPERATORS,
  ...ADDRESS_OPERATORS,
  ...UPSTREAM_OPERATORS,
  ...TLS_OPERATORS,
  ...METADATA_OPERATORS,
  ...FILTER_STATE_OPERATORS,
  ...PROCESS_OPERATORS,
  ...CEL_OPERATORS,
  ...COALESCE_OPERATORS,
];

/** The operators by name. */
export const FORMAT_OPERATORS: ReadonlyMap<string, Operator> = new Map(ALL.map((each) => [each.name, each]));

/** Operators of Envoy that are refused, with the reason. */
export const REFUSED_FORMAT_OPERATORS: ReadonlyMap<string, string> = new Map(Object.entries(REFUSED));
