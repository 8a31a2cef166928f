import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  type ServiceError,
} from '@grpc/grpc-js';
import type { OpenStreamOptions, StreamEvents, XdsStream, XdsTransport } from '../client/transport.ts';

/** A transport over grpc-js, to prove the client over real sockets with a gRPC that is not ours. */
export class GrpcTransport implements XdsTransport {
  readonly #clients = new Set<Client>();
  readonly #address: string;
  readonly #credentials: ChannelCredentials;

  constructor(address: string, channelCredentials: ChannelCredentials = credentials.createInsecure()) {
    this.#address = address;
    this.#credentials = channelCredentials;
  }

  openStream({ method, maxMessageBytes }: OpenStreamOptions, events: StreamEvents): XdsStream {
    // One client a stream: grpc-js would otherwise wait by its own back-off and hide when a server is back.
    const client = new Client(this.#address, this.#credentials, {
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#clients.add(client);
    const call: ClientDuplexStream<Uint8Array, Uint8Array> = client.makeBidiStreamRequest(
      method,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => new Uint8Array(bytes),
    );
    let isOver = false;
    const finish = (code: number, message: string) => {
      if (isOver) return;
      isOver = true;
      this.#close(client);
      events.onEnd(code, message);
    };
    call.on('metadata', () => events.onOpen());
    call.on('data', (bytes: Uint8Array) => {
      if (!isOver) events.onMessage(bytes);
    });
    call.on('drain', () => events.onDrain());
    call.on('error', (error: ServiceError) => finish(error.code, error.details));
    call.on('status', ({ code, details }: { code: number; details: string }) => finish(code, details));
    return {
      send: (bytes) => call.write(bytes),
      end: () => call.end(),
      cancel: () => {
        isOver = true;
        call.cancel();
        this.#close(client);
      },
    };
  }

  close(): void {
    for (const client of this.#clients) client.close();
    this.#clients.clear();
  }

  #close(client: Client): void {
    client.close();
    this.#clients.delete(client);
  }
}
