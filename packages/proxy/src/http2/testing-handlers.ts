/** Handlers for tests that write down what they are told. */
import type {
  ClientConnectionHandler,
  ClientStream,
  ClientStreamHandler,
  ConnectionEnd,
  ServerConnectionHandler,
  ServerStream,
  ServerStreamHandler,
  StreamReset,
} from '../http/codec.ts';
import type { FieldList, RequestHead, ResponseHead } from '../http/head.ts';

/** `name=value` of every field, separated by spaces. */
export function fieldsText(list: FieldList): string {
  const parts: string[] = [];
  list.forEach((name, value) => {
    parts.push(`${name}=${value}`);
  });
  return parts.join(' ');
}

/** What both kinds of exchanges write down. */
export class ExchangeLog {
  readonly events: string[] = [];
  readonly body: Buffer[] = [];
  drains = 0;
  isEnded = false;
  reset: StreamReset | undefined = undefined;

  onData(bytes: Buffer, start: number, end: number, endStream: boolean): void {
    this.body.push(Buffer.from(bytes.subarray(start, end)));
    this.isEnded ||= endStream;
    this.events.push(`data ${end - start}${endStream ? ' end' : ''}`);
  }

  onTrailers(trailers: FieldList): void {
    this.isEnded = true;
    this.events.push(`trailers ${fieldsText(trailers)}`);
  }

  onReset(reset: StreamReset): void {
    this.reset = reset;
    this.events.push(`reset ${reset.kind} ${reset.details}`);
  }

  onDrain(): void {
    this.drains++;
  }

  /** The body as text. */
  get text(): string {
    return Buffer.concat(this.body).toString('latin1');
  }
}

/** One request as a server saw it. */
export class ServerExchange extends ExchangeLog implements ServerStreamHandler {
  readonly stream: ServerStream;
  head: RequestHead | undefined = undefined;
  onRequest: ((exchange: ServerExchange, endStream: boolean) => void) | undefined;

  constructor(stream: ServerStream, onRequest?: (exchange: ServerExchange, endStream: boolean) => void) {
    super();
    this.stream = stream;
    this.onRequest = onRequest;
  }

  onHead(head: RequestHead, endStream: boolean): void {
    this.head = head;
    this.isEnded = endStream;
    this.events.push(`head ${head.method} ${head.path}${endStream ? ' end' : ''}`);
    this.onRequest?.(this, endStream);
  }
}

/** A server that writes down what comes. */
export class ServerLog implements ServerConnectionHandler {
  readonly exchanges: ServerExchange[] = [];
  readonly invalid: string[] = [];
  end: ConnectionEnd | undefined = undefined;
  readonly onRequest: ((exchange: ServerExchange, endStream: boolean) => void) | undefined;

  constructor(onRequest?: (exchange: ServerExchange, endStream: boolean) => void) {
    this.onRequest = onRequest;
  }

  onStream(stream: ServerStream): ServerStreamHandler {
    const exchange = new ServerExchange(stream, this.onRequest);
    this.exchanges.push(exchange);
    return exchange;
  }

  onConnectionClose(end: ConnectionEnd): void {
    this.end = end;
  }

  onInvalidRequest(details: string): void {
    this.invalid.push(details);
  }
}

/** One response as a client saw it. */
export class ClientExchange extends ExchangeLog implements ClientStreamHandler {
  stream: ClientStream | undefined = undefined;
  head: ResponseHead | undefined = undefined;

  onInformational(head: ResponseHead): void {
    this.events.push(`informational ${head.status} ${fieldsText(head)}`);
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    this.head = head;
    this.isEnded = endStream;
    this.events.push(`head ${head.status}${endStream ? ' end' : ''}`);
  }
}

/** A client that writes down what comes. */
export class ClientLog implements ClientConnectionHandler {
  readonly events: string[] = [];
  end: ConnectionEnd | undefined = undefined;

  onAvailable(): void {
    this.events.push('available');
  }

  onDraining(): void {
    this.events.push('draining');
  }

  onConnectionClose(end: ConnectionEnd): void {
    this.end = end;
  }
}
