// The seam to the network: a bidirectional gRPC stream of encoded messages. The proxy has one over its own HTTP/2 client, tests have one
// over grpc-js.

/** What a stream tells its owner. Nothing is called during `openStream` itself, and nothing after `onEnd`. */
export interface StreamEvents {
  /** The request is on its way to a server that is there; at the latest before the first message. */
  onOpen(): void;
  /** A whole message. Its bytes belong to the receiver. */
  onMessage(bytes: Uint8Array): void;
  /** More may be sent again after `send` returned false. */
  onDrain(): void;
  /** The stream is over, for whatever reason; called once. Code and message are those of gRPC. */
  onEnd(code: number, message: string): void;
}

/** One stream. */
export interface XdsStream {
  /** Sends a message; false asks to wait for `onDrain`, though the message is sent all the same. */
  send(bytes: Uint8Array): boolean;
  /** Says that nothing more will be sent. */
  end(): void;
  /** Gives the stream up at once; `onEnd` is not called after it. */
  cancel(): void;
}

/** How a stream is opened. */
export interface OpenStreamOptions {
  /** The path of the gRPC method, `/package.Service/Method`. */
  readonly method: string;
  /** A longer message ends the stream with RESOURCE_EXHAUSTED instead of being collected. */
  readonly maxMessageBytes: number;
}

/** Opens streams to one server. */
export interface XdsTransport {
  openStream(options: OpenStreamOptions, events: StreamEvents): XdsStream;
}
