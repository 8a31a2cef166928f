import { ErrorCode } from './error-code.ts';

/** One way in which a peer breaks the protocol or a bound. */
export interface Http2Fault {
  /** The error code of RST_STREAM or GOAWAY. */
  readonly code: number;
  /** For response code details and logs; Envoy's name where it has one. */
  readonly details: string;
  /** For people; goes into the debug data of GOAWAY. */
  readonly description: string;
}

type Code = keyof typeof ErrorCode;

/** The details of every malformed head, as Envoy names them. */
const INVALID_FIELD = 'invalid.header.field';
const MESSAGING = 'violation.of.messaging.rule';

/** Every fault: error code, details behind `http2.`, description. */
const CATALOGUE = {
  badPreface: ['protocolError', 'bad_preface', 'the connection does not begin with the HTTP/2 preface'],
  noSettings: ['protocolError', 'settings_expected', 'the first frame is not SETTINGS'],
  frameTooLarge: ['frameSizeError', 'frame_too_large', 'a frame is larger than SETTINGS_MAX_FRAME_SIZE'],
  badFrameSize: ['frameSizeError', 'bad_frame_size', 'the length of a frame does not fit its type'],
  badPadding: ['protocolError', 'bad_padding', 'the padding is as long as the frame or longer'],
  badStreamId: ['protocolError', 'bad_stream_id', 'a frame is on a stream id that its type or its sender may not use'],
  idleStream: ['protocolError', 'idle_stream', 'a frame is on a stream that was never opened'],
  closedStream: ['streamClosed', 'closed_stream', 'a frame is on a stream whose sender has ended it'],
  continuationExpected: ['protocolError', 'continuation_expected', 'a header block is interrupted by another frame'],
  continuationUnexpected: ['protocolError', 'continuation_unexpected', 'CONTINUATION follows no open header block'],
  selfDependency: ['protocolError', 'self_dependency', 'a stream depends on itself'],
  pushRefused: ['protocolError', 'push_refused', 'PUSH_PROMISE, though push is off'],
  badSetting: ['protocolError', 'bad_setting', 'a setting has a value that is not allowed'],
  badWindowSetting: [
    'flowControlError',
    'bad_setting',
    'SETTINGS_INITIAL_WINDOW_SIZE makes a window larger than 2^31-1',
  ],
  zeroIncrement: ['protocolError', 'zero_window_increment', 'WINDOW_UPDATE adds nothing'],
  windowOverflow: ['flowControlError', 'window_overflow', 'WINDOW_UPDATE makes a window larger than 2^31-1'],
  windowExceeded: ['flowControlError', 'window_exceeded', 'more DATA arrived than the window allowed'],
  compression: ['compressionError', 'compression_error', 'a header block cannot be decoded'],

  invalidName: ['protocolError', INVALID_FIELD, 'a field name is empty, in upper case or holds a forbidden byte'],
  invalidValue: [
    'protocolError',
    INVALID_FIELD,
    'a field value holds a forbidden byte or starts or ends with white space',
  ],
  connectionField: ['protocolError', INVALID_FIELD, 'a connection-specific field'],
  unknownPseudo: ['protocolError', INVALID_FIELD, 'a pseudo-header that is not known or not allowed here'],
  invalidPseudo: ['protocolError', INVALID_FIELD, 'a pseudo-header with a value that is not allowed'],
  invalidLength: ['protocolError', INVALID_FIELD, 'content-length is not one plain decimal number'],
  severalLengths: ['protocolError', INVALID_FIELD, 'content-length is there more than once'],
  severalHosts: ['protocolError', INVALID_FIELD, 'host is there more than once'],
  hostMismatch: ['protocolError', INVALID_FIELD, 'host differs from :authority'],
  duplicatePseudo: ['protocolError', MESSAGING, 'a pseudo-header is there twice'],
  latePseudo: ['protocolError', MESSAGING, 'a pseudo-header stands behind a regular field'],
  missingPseudo: ['protocolError', MESSAGING, 'a pseudo-header is missing'],
  missingAuthority: ['protocolError', MESSAGING, 'there is neither :authority nor host'],
  invalidConnect: [
    'protocolError',
    MESSAGING,
    'CONNECT with :scheme or :path but without :protocol, or without :authority',
  ],
  connectNotEnabled: ['protocolError', MESSAGING, 'extended CONNECT, though it was not enabled'],
  lengthMismatch: ['protocolError', MESSAGING, 'the DATA frames do not sum up to content-length'],
  dataBeforeHead: ['protocolError', MESSAGING, 'DATA comes before the head of the response'],
  trailersWithoutEnd: ['protocolError', MESSAGING, 'a second HEADERS frame does not end the stream'],
  interimEnds: ['protocolError', MESSAGING, 'an informational response ends the stream'],
  switching: ['protocolError', MESSAGING, 'status 101 in HTTP/2'],
  tooManyInterim: ['enhanceYourCalm', 'too_many_informational', 'too many informational responses'],

  listTooLarge: ['internalError', 'header_list_size_too_large', 'the header list is larger than the limit'],
  tooManyFields: ['internalError', 'too_many_headers', 'there are more header fields than the limit'],
  underscore: [
    'internalError',
    'unexpected_underscore',
    'a field name with an underscore, which the configuration rejects',
  ],
  tooManyStreams: ['refusedStream', 'too_many_streams', 'more streams than SETTINGS_MAX_CONCURRENT_STREAMS'],

  blockTooLarge: ['enhanceYourCalm', 'header_list_too_large', 'a header block is far larger than the limit'],
  continuationFlood: ['enhanceYourCalm', 'continuation_flood', 'a header block in too many CONTINUATION frames'],
  emptyDataFlood: ['enhanceYourCalm', 'empty_data_flood', 'too many empty frames in a row'],
  priorityFlood: ['enhanceYourCalm', 'priority_flood', 'too many PRIORITY frames'],
  windowUpdateFlood: ['enhanceYourCalm', 'window_update_flood', 'too many WINDOW_UPDATE frames for the data sent'],
  rapidReset: ['enhanceYourCalm', 'rapid_reset', 'too many requests were reset before they were answered'],
  pingFlood: ['enhanceYourCalm', 'ping_flood', 'too many answers to PING that are not read'],
  settingsFlood: [
    'enhanceYourCalm',
    'settings_flood',
    'too many SETTINGS frames, or answers to them that are not read',
  ],
  controlFlood: ['enhanceYourCalm', 'outbound_control_flood', 'too many control frames that are not read'],
  outboundFlood: ['enhanceYourCalm', 'outbound_frames_flood', 'too many frames that are not read'],
  keepaliveTimeout: ['noError', 'keepalive_timeout', 'no answer to PING in time'],
  flushTimeout: ['cancel', 'tx_flush_timeout', 'the peer gave no window for the data of a stream in time'],
} as const satisfies Record<string, readonly [Code, string, string]>;

/** The name of a fault in code. */
export type FaultName = keyof typeof CATALOGUE;

/** Every fault by name. */
export const Fault = Object.fromEntries(
  Object.entries(CATALOGUE).map(([name, [code, details, description]]) => [
    name,
    Object.freeze({ code: ErrorCode[code], details: `http2.${details}`, description }),
  ]),
) as unknown as Readonly<Record<FaultName, Http2Fault>>;

/** Details of streams that the peer, or the end of the connection, ended; the first two as Envoy's. */
export const DETAILS = {
  remoteReset: 'http2.remote_reset',
  remoteRefused: 'http2.remote_refuse',
  beyondGoaway: 'http2.goaway',
  connectionClosed: 'http2.connection_closed',
  noConnect: 'http2.extended_connect_unsupported',
} as const;
