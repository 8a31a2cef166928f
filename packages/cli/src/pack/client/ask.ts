/** What a proxy in training is asked. */
import { connect } from 'node:net';
import type { TrainingSockets } from '../training-bootstrap.ts';

/** More would let V8 think of optimizing, which a pack cannot hold. */
const ROUNDS = 5;

/** Sends a few requests over a connection each; resolves when all are answered, and rejects when one is not. */
export async function askForTraining({ front, admin }: TrainingSockets): Promise<void> {
  for (let i = 0; i < ROUNDS; i++) {
    for (const path of ['/direct', '/via/direct', '/http2/direct']) await ask(front, path, 200);
    await ask(front, '/nowhere', 404);
  }
  for (const path of ['/ready', '/stats', '/stats/prometheus']) await ask(admin, path, 200);
}

function ask(socketPath: string, path: string, status: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(socketPath);
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: training\r\nuser-agent: weft\r\naccept: */*\r\nconnection: close\r\n\r\n`,
    );
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (answer.startsWith(`HTTP/1.1 ${status} `)) resolve();
      else reject(new Error(`${path} was answered with ${JSON.stringify(answer.slice(0, 100))}`));
    });
  });
}
