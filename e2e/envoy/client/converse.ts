import type { Socket } from 'node:net';
import { ByteInbox, within } from '@weft/testkit';
import type { Received, Step } from '../case.ts';
import { type MessageHead, readBody, readHead } from '../http1-message.ts';
import { showBody } from '../show-body.ts';
import { readFrames } from './http2-frames.ts';

const WITHIN_MS = 10_000;

/** Takes the steps of an HTTP/1 or TCP conversation one after the other; it ends early when the proxy hangs up. */
export async function converse(socket: Socket, steps: readonly Step[]): Promise<readonly Received[]> {
  const inbox = new ByteInbox(socket);
  const received: Received[] = [];
  for (const step of steps) {
    if (!(await take(step, socket, inbox, received))) break;
  }
  // Nobody asked for it, so it must not be there.
  if (inbox.pending.length > 0) received.push({ kind: 'text', text: inbox.pending.toString('latin1') });
  return received;
}

async function take(step: Step, socket: Socket, inbox: ByteInbox, received: Received[]): Promise<boolean> {
  switch (step.kind) {
    case 'send':
      // A proxy that has hung up is told by the next step.
      await within(
        'the bytes to be sent',
        new Promise<void>((resolve) => socket.write(step.text, 'latin1', () => resolve())),
      );
      return true;
    case 'end':
      socket.end();
      return true;
    case 'response':
      return readResponse(inbox, step.method ?? 'GET', received);
    case 'text': {
      const end = (seen: Buffer): number | undefined => {
        const at = seen.indexOf(step.text, 0, 'latin1');
        return at >= 0 ? at + step.text.length : inbox.isEnded ? seen.length : undefined;
      };
      const text = (await inbox.take(step.text, end, WITHIN_MS)).toString('latin1');
      received.push({ kind: 'text', text });
      return text.endsWith(step.text);
    }
    case 'frames':
      received.push({ kind: 'frames', frames: await readFrames(inbox) });
      return true;
    case 'closed':
      while (await readResponse(inbox, 'GET', received)) {
        // Whatever is answered before the end.
      }
      return false;
  }
}

/** Reads a response with the interim ones before it; false when the connection ended. */
async function readResponse(inbox: ByteInbox, method: string, received: Received[]): Promise<boolean> {
  for (;;) {
    const head = await readHead(inbox);
    if (head === undefined) {
      received.push({ kind: 'closed', ...(inbox.error === undefined ? {} : { isFailed: true }) });
      return false;
    }
    const status = Number(head.line.split(' ')[1]);
    if (status >= 200 || status === 101) {
      received.push(await withBody(inbox, head, status, method));
      return true;
    }
    received.push({ kind: 'response', status, line: lineOf(head), headers: head.headers });
  }
}

async function withBody(inbox: ByteInbox, head: MessageHead, status: number, method: string): Promise<Received> {
  const base = { kind: 'response' as const, status, line: lineOf(head), headers: head.headers };
  const isTunnel = status === 101 || (method === 'CONNECT' && status < 300);
  if (method === 'HEAD' || status === 204 || status === 304 || isTunnel) return base;
  const { body, trailers, isCut } = await readBody(inbox, head.headers, true);
  const shown = showBody(body, head.headers);
  return {
    ...base,
    ...(shown === undefined ? {} : { body: shown }),
    ...(trailers.length === 0 ? {} : { trailers }),
    ...(isCut ? { broken: 'cut' } : {}),
  };
}

/** `1.1 OK`, since the status has a field of its own. */
function lineOf({ line }: MessageHead): string {
  return line.replace(/^HTTP\/([\d.]+) \d+ ?/, '$1 ').trim();
}
