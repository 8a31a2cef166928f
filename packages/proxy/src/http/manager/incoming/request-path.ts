/** What a connection manager does with the path of a request: fragments, escaped slashes, canonical form, runs of slashes, in this order. */
import type { HttpManagerRuntime } from '@weft/engine';
import type { RequestHead } from '../../head.ts';
import { canonicalPath } from './canonical-path.ts';

/** What follows: the request goes on, is refused, or the client is to ask again for the path as it is now. */
export type PathOutcome = 'accepted' | 'rejected' | 'redirected';

type PathOptions = Pick<HttpManagerRuntime, 'normalizesPath' | 'mergesSlashes' | 'escapedSlashes'>;

/** Brings the path of a request into the form that the configuration asks for. */
export function shapePath(head: RequestHead, options: PathOptions): PathOutcome {
  const { path: target } = head;
  // A fragment never leaves a client that means well; what it hides differs from server to server.
  if (target.includes('#')) return 'rejected';
  const { normalizesPath, mergesSlashes, escapedSlashes } = options;
  if (!normalizesPath && !mergesSlashes && escapedSlashes === 'keep') return 'accepted';
  const question = target.indexOf('?');
  const before = question < 0 ? target : target.slice(0, question);
  let path = escapedSlashes === 'keep' ? before : unescapeSlashes(before);
  const hadEscapedSlashes = path !== before;
  if (hadEscapedSlashes && escapedSlashes === 'reject') return 'rejected';
  if (normalizesPath) {
    const canonical = canonicalPath(path);
    if (canonical === undefined) return 'rejected';
    path = canonical;
  }
  if (mergesSlashes && path.includes('//')) path = path.replace(/\/{2,}/g, '/');
  if (path !== before) head.path = question < 0 ? path : path + target.slice(question);
  return hadEscapedSlashes && escapedSlashes === 'unescapeAndRedirect' ? 'redirected' : 'accepted';
}

function unescapeSlashes(path: string): string {
  if (!path.includes('%')) return path;
  return path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
}
