// A program of its own, since the xDS client of gRPC reads its bootstrap from the environment and never closes: calls the target that
// its argument names, once for each line of input, and prints what came.
import { createInterface } from 'node:readline';
import { Client, credentials } from '@grpc/grpc-js';
import { register } from '@grpc/grpc-js-xds';

register();
const client = new Client(process.argv[2] ?? '', credentials.createInsecure());
const identity = (bytes: Buffer): Buffer => bytes;

createInterface({ input: process.stdin }).on('line', (line) => {
  const deadline = new Date(Date.now() + 10_000);
  client.makeUnaryRequest('/test.Echo/Echo', identity, identity, Buffer.from(line), { deadline }, (error, answer) => {
    process.stdout.write(`${error === null ? (answer?.toString() ?? '') : error.message}\n`);
  });
});
