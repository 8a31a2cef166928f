/**
 * SDS without a socket: what Istio's agent serves beside an Envoy, `default` and `ROOTCA`, a proxy that gets its certificate itself serves to
 * itself. Configuration made for sidecars with agents works unchanged: the cluster that they name for SDS leads here.
 */
import type { ReadonlyWatch } from '@weft/core';
import { certificatesToPem, parseCertificatesPem } from '@weft/identity';
import type { DiscoveryRequest } from '@weft/proto/envoy/service/discovery/v3/discovery';
import { create, decode, encode, Problems } from '@weft/proto/lite';
import type { OpenStreamOptions, StreamEvents, XdsStream, XdsTransport } from '@weft/xds/client';
import type { WorkloadCertificate } from './certificate-client.ts';

/** What is served. */
export interface LocalSdsOptions {
  readonly certificate: ReadonlyWatch<WorkloadCertificate | undefined>;
  /** Further roots as PEM, such as those of a mounted file, which change more often than certificates are renewed. */
  readonly roots?: ReadonlyWatch<string | undefined>;
}

const STREAM_SECRETS = '/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets';
const SECRET = 'envoy.extensions.transport_sockets.tls.v3.Secret';
const SECRET_URL = `type.googleapis.com/${SECRET}`;
const TLS = 'envoy.extensions.transport_sockets.tls.v3';
const UNIMPLEMENTED = 12;
const INVALID_ARGUMENT = 3;

/** A version of all secrets; undefined until there is a certificate. */
interface Served {
  readonly version: string;
  readonly secretOf: (name: string) => Uint8Array | undefined;
}

/** See the file's head. */
export class LocalSds implements XdsTransport {
  readonly #options: LocalSdsOptions;
  readonly #streams = new Set<LocalStream>();
  readonly #stops: readonly (() => void)[];
  #served: Served | undefined;
  #version = 0;

  constructor(options: LocalSdsOptions) {
    this.#options = options;
    const renew = () => this.#renew();
    this.#stops = [options.certificate.subscribe(renew), ...(options.roots ? [options.roots.subscribe(renew)] : [])];
    this.#renew();
  }

  openStream({ method }: OpenStreamOptions, events: StreamEvents): XdsStream {
    const stream = new LocalStream(events, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    if (method === STREAM_SECRETS) stream.serve(this.#served);
    else stream.fail(UNIMPLEMENTED, `${method} is not served here, only ${STREAM_SECRETS}: use api_type GRPC`);
    return stream;
  }

  /** Serves nothing new any more. */
  close(): void {
    for (const stop of this.#stops) stop();
  }

  #renew(): void {
    const certificate = this.#options.certificate.get();
    if (certificate === undefined) return;
    this.#version += 1;
    const secrets: ReadonlyMap<string, Uint8Array> = new Map([
      ['default', workloadSecret(certificate)],
      ['ROOTCA', rootsSecret(certificate.rootsPem, this.#options.roots?.get())],
    ]);
    this.#served = { version: String(this.#version), secretOf: (name) => secrets.get(name) };
    for (const stream of this.#streams) stream.serve(this.#served);
  }
}

/** One subscription, by the rules of the state-of-the-world protocol. */
class LocalStream implements XdsStream {
  readonly #events: StreamEvents;
  readonly #onEnd: () => void;
  #served: Served | undefined;
  /** What is asked for; undefined before the first request. */
  #names: readonly string[] | undefined;
  /** What the last response was about; nothing is sent twice. */
  #sent = '';
  #nonce = 0;
  #isOver = false;

  constructor(events: StreamEvents, onEnd: () => void) {
    this.#events = events;
    this.#onEnd = onEnd;
  }

  serve(served: Served | undefined): void {
    this.#served = served;
    this.#answer();
  }

  send(bytes: Uint8Array): boolean {
    const request = decode<DiscoveryRequest>('envoy.service.discovery.v3.DiscoveryRequest', bytes, new Problems(), {
      unknownFields: 'ignore',
    });
    if (request === undefined || (request.typeUrl !== '' && request.typeUrl !== SECRET_URL)) {
      this.fail(INVALID_ARGUMENT, `only ${SECRET_URL} is served here`);
      return true;
    }
    // One that answers an older response says nothing about the newest (xDS, "ACK and resource type instance version").
    if (request.responseNonce !== '' && request.responseNonce !== String(this.#nonce)) return true;
    this.#names = request.resourceNames;
    this.#answer();
    return true;
  }

  end(): void {
    this.#finish(0, '');
  }

  cancel(): void {
    this.#isOver = true;
    this.#onEnd();
  }

  fail(code: number, message: string): void {
    this.#finish(code, message);
  }

  #answer(): void {
    const served = this.#served;
    const names = this.#names;
    if (served === undefined || names === undefined || this.#isOver) return;
    const known = names.filter((name) => served.secretOf(name) !== undefined);
    const content = `${served.version} ${known.join()}`;
    if (known.length === 0 || content === this.#sent) return;
    this.#sent = content;
    this.#nonce += 1;
    const response = encode(
      create('envoy.service.discovery.v3.DiscoveryResponse', {
        versionInfo: served.version,
        typeUrl: SECRET_URL,
        nonce: String(this.#nonce),
        resources: known.map((name) =>
          create('google.protobuf.Any', { typeUrl: SECRET_URL, value: served.secretOf(name) }),
        ),
      }),
    );
    this.#later(() => this.#events.onMessage(response));
  }

  #finish(code: number, message: string): void {
    this.#later(() => {
      this.#isOver = true;
      this.#onEnd();
      this.#events.onEnd(code, message);
    });
  }

  /** Whoever opens a stream or sends on it is told nothing before these calls have returned. */
  #later(tell: () => void): void {
    queueMicrotask(() => {
      if (!this.#isOver) tell();
    });
  }
}

function workloadSecret({ chainPem, keyPem }: WorkloadCertificate): Uint8Array {
  return encodeSecret('default', {
    case: 'tlsCertificate',
    value: create(`${TLS}.TlsCertificate`, {
      certificateChain: inline(chainPem),
      privateKey: inline(keyPem.reveal()),
    }),
  });
}

/** All roots, each once; a text that cannot be read adds none. */
function rootsSecret(ownPem: string, furtherPem: string | undefined): Uint8Array {
  const roots = new Map<string, string>();
  for (const pem of [ownPem, furtherPem ?? '']) {
    const parsed = parseCertificatesPem(pem);
    if (parsed.kind === 'err') continue;
    for (const root of parsed.value) roots.set(root.fingerprint256, certificatesToPem([root]));
  }
  return encodeSecret('ROOTCA', {
    case: 'validationContext',
    value: create(`${TLS}.CertificateValidationContext`, { trustedCa: inline([...roots.values()].join('')) }),
  });
}

function inline(text: string) {
  return create('envoy.config.core.v3.DataSource', {
    specifier: { case: 'inlineBytes', value: Buffer.from(text, 'utf8') },
  });
}

function encodeSecret(name: string, type: { readonly case: string; readonly value: unknown }): Uint8Array {
  return encode(create(SECRET, { name, type }));
}
