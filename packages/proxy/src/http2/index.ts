export { ErrorCode } from './error-code.ts';
export { DETAILS, Fault, type FaultName, type Http2Fault } from './fault.ts';
export { CLIENT_PREFACE } from './frame.ts';
export { Http2Client, type Http2ClientParts } from './http2-client.ts';
export { type H2cUpgrade, Http2Server, type Http2ServerParts } from './http2-server.ts';
export type { UnderscoreAction } from './message-rules.ts';
export { DEFAULT_HTTP2_OPTIONS, type Http2Options, http2Options, type KeepaliveOptions } from './options.ts';
export type { Http2SessionParts } from './session-lifecycle.ts';
export { createHttp2Stats, type Http2Stats } from './stats.ts';
