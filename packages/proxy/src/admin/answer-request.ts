import { MeshError } from '@weft/core';
import type { AdminCall } from './admin-call.ts';
import { type AdminAnswer, textAnswer } from './admin-endpoint.ts';
import type { AdminSubject } from './admin-subject.ts';
import { ADMIN_ENDPOINTS } from './endpoints/all.ts';
import { helpText } from './endpoints/help.ts';

/** The answer to a request. An endpoint that fails answers so, and the proxy goes on. */
export function answerRequest({ method, path, form }: AdminCall, subject: AdminSubject): AdminAnswer {
  const at = path.indexOf('?');
  const name = at < 0 ? path : path.slice(0, at);
  const endpoint = ADMIN_ENDPOINTS.find((each) => each.path === name);
  if (endpoint === undefined) return textAnswer(`invalid path. ${helpText(ADMIN_ENDPOINTS)}`, 404);
  if (endpoint.isMutating && method !== 'POST') {
    return textAnswer(`Method ${method} not allowed, POST required.`, 405);
  }
  const params = new URLSearchParams(at < 0 ? '' : path.slice(at + 1));
  for (const [key, value] of new URLSearchParams(form)) params.append(key, value);
  try {
    return endpoint.handle({ params }, subject);
  } catch (thrown: unknown) {
    return textAnswer(`${name} failed: ${MeshError.from(thrown).message}\n`, 500);
  }
}
