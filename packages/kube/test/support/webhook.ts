/** A webhook of a test: an HTTPS server with a CA of its own that answers what the test says. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { systemClock, systemRandom, unwrap } from '@weft/core';
import { CertificateAuthority, generateKeyPair, privateKeyToPem } from '@weft/identity';

/** The request of a review. */
export type Review = ReturnType<typeof JSON.parse>;

/** Answers a review with the members of its response, or does what it wants with the connection. */
export type WebhookAnswer = (
  review: Review,
  raw: { readonly request: IncomingMessage; readonly response: ServerResponse },
) => object | undefined;

/** A webhook that listens. */
export interface TestWebhook {
  readonly url: string;
  readonly port: number;
  readonly caBundle: string;
  /** All reviews so far. */
  readonly reviews: Review[];
  answer: WebhookAnswer;
  close(): void;
}

/** A CA and a certificate for the names under which tests call webhooks. */
export async function createWebhookFiles(
  dnsNames: readonly string[] = ['localhost', 'hook.default.svc'],
): Promise<{ readonly cert: string; readonly key: string; readonly caBundle: string }> {
  const context = { clock: systemClock, random: systemRandom };
  const ca = unwrap(await CertificateAuthority.createRoot({ commonName: 'hooks', validForMs: 3_600_000 }, context));
  const keys = generateKeyPair();
  const options = { publicKey: keys.publicKey, validForMs: 3_600_000, dnsNames, ipAddresses: ['127.0.0.1'] };
  const issued = unwrap(ca.issueServer(options));
  return {
    cert: issued.chainPem,
    key: privateKeyToPem(keys).reveal(),
    caBundle: Buffer.from(ca.pathPem).toString('base64'),
  };
}

/** Starts a webhook, which allows everything unless told otherwise; it ends with the test. */
export async function startWebhook(
  t: TestContext,
  answer: WebhookAnswer = () => ({}),
  files?: Awaited<ReturnType<typeof createWebhookFiles>>,
): Promise<TestWebhook> {
  const { cert, key, caBundle } = files ?? (await createWebhookFiles());
  const reviews: Review[] = [];
  const server = createServer({ cert, key }, (request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const document = JSON.parse(text) as { request: Review; apiVersion: string };
      reviews.push({ ...document.request, apiVersion: document.apiVersion, url: request.url });
      const members = webhook.answer(document.request, { request, response });
      if (members === undefined) return;
      const body = { uid: document.request.uid, allowed: true, ...members };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ kind: 'AdmissionReview', apiVersion: document.apiVersion, response: body }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  t.after(close);
  const webhook: TestWebhook = { url: `https://localhost:${port}/hook`, port, caBundle, reviews, answer, close };
  return webhook;
}

/** The members of a response that patch the object. */
export function patchWith(...operations: readonly object[]): object {
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}
