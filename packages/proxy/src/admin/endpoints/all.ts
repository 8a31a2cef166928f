import type { AdminEndpoint } from '../admin-endpoint.ts';
import { CERTS } from './certs.ts';
import { CLUSTERS } from './clusters.ts';
import { CONFIG_DUMP } from './config-dump.ts';
import { DRAIN_LISTENERS } from './drain-listeners.ts';
import { FAIL_HEALTH_CHECK, PASS_HEALTH_CHECK } from './health-check.ts';
import { helpEndpoint } from './help.ts';
import { homeEndpoint } from './home.ts';
import { HOT_RESTART_VERSION } from './hot-restart-version.ts';
import { INIT_DUMP } from './init-dump.ts';
import { LISTENERS } from './listeners.ts';
import { LOGGING } from './logging.ts';
import { MEMORY } from './memory.ts';
import { QUIT } from './quit.ts';
import { READY } from './ready.ts';
import { REOPEN_LOGS } from './reopen-logs.ts';
import { RESET_COUNTERS } from './reset-counters.ts';
import { MODIFY_RUNTIME, RUNTIME } from './runtime.ts';
import { SERVER_INFO } from './server-info.ts';
import { PROMETHEUS, STATS } from './stats.ts';

const all = (): readonly AdminEndpoint[] => ADMIN_ENDPOINTS;

/** Every endpoint in the order of help. Adding one is one file and one line here. */
export const ADMIN_ENDPOINTS: readonly AdminEndpoint[] = [
  homeEndpoint(all),
  CERTS,
  CLUSTERS,
  CONFIG_DUMP,
  DRAIN_LISTENERS,
  FAIL_HEALTH_CHECK,
  PASS_HEALTH_CHECK,
  helpEndpoint(all),
  HOT_RESTART_VERSION,
  INIT_DUMP,
  LISTENERS,
  LOGGING,
  MEMORY,
  QUIT,
  READY,
  REOPEN_LOGS,
  RESET_COUNTERS,
  RUNTIME,
  MODIFY_RUNTIME,
  SERVER_INFO,
  STATS,
  PROMETHEUS,
];
