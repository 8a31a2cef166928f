/** Answers a request to the admin interface for all the processes that share the work. */
import { MeshError } from '@weft/core';
import { mergeViews, viewSnapshot } from '@weft/telemetry';
import type { AdminCall } from './admin-call.ts';
import { type AdminAnswer, textAnswer } from './admin-endpoint.ts';
import type { AdminSubject } from './admin-subject.ts';
import type { AdminWorkers } from './admin-workers.ts';
import { answerRequest } from './answer-request.ts';
import { ADMIN_ENDPOINTS } from './endpoints/all.ts';
import { CLUSTERS } from './endpoints/clusters.ts';
import { QUIT } from './endpoints/quit.ts';
import { PROMETHEUS, STATS } from './endpoints/stats.ts';

/** The answer; it never rejects. */
export async function answerForAll(
  call: AdminCall,
  subject: AdminSubject,
  workers: AdminWorkers,
): Promise<AdminAnswer> {
  const name = call.path.split('?', 1)[0];
  const endpoint = ADMIN_ENDPOINTS.find(({ path }) => path === name);
  try {
    if (endpoint === STATS || endpoint === PROMETHEUS) {
      const others = await workers.takeStats();
      // Gauges of the server itself are this one's, and counted before they are added up.
      const shownStats = mergeViews([subject.shownStats, ...others.map(viewSnapshot)]);
      return answerRequest(call, { ...subject, shownStats });
    }
    if (endpoint === CLUSTERS) {
      return answerRequest(call, { ...subject, otherHostCounts: await workers.takeHostCounts() });
    }
    const answer = answerRequest(call, { ...subject, state: stateOfAll(subject, workers) });
    // Whoever ends this one ends the others.
    if (endpoint?.isMutating === true && endpoint !== QUIT && answer.status === 200) await workers.forward(call);
    return answer;
  } catch (thrown: unknown) {
    return textAnswer(`${name}: ${MeshError.from(thrown).message}\n`, 503);
  }
}

/** All are live, or nobody is. */
function stateOfAll({ state }: AdminSubject, { areReady }: AdminWorkers): AdminSubject['state'] {
  const { name, uptimeS, ageMs } = state;
  return { name: name === 'LIVE' && !areReady ? 'INITIALIZING' : name, uptimeS, ageMs };
}
