/** Paths of Unix sockets outlive the processes that listened there and were killed. */
import { lstatSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { refusal } from './bind-handles.ts';
import { isAbstractPath } from './socket-path.ts';

/** Makes way for somebody who wants to listen at a path; rejects where somebody listens there, or something else has that name. */
export async function removeAbandoned(path: string): Promise<void> {
  if (isAbstractPath(path)) return;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw refusal(path, 'something is there that is no socket: remove it, or use another path');
  const answer = await callAt(path);
  // Connecting is what tells: nobody has it open.
  if (answer === 'ECONNREFUSED' || answer === 'ENOENT') rmSync(path, { force: true });
  else if (answer === undefined) throw refusal(path, 'another process listens there');
  else throw refusal(path, `whether another process listens there cannot be found out (${answer})`);
}

/** The code of what went wrong; undefined when somebody answers. */
function callAt(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A full queue has somebody at its other end.
      resolve(error.code === 'EAGAIN' ? undefined : (error.code ?? error.message));
    });
  });
}
