import { connect } from 'node:http2';

/** Calls a method of gRPC over HTTP/2 without TLS; the status in the trailers, or undefined without one. */
export function callOnce(port: number, method: string): Promise<string | undefined> {
  const session = connect(`http://127.0.0.1:${port}`);
  return new Promise<string | undefined>((resolve, reject) => {
    session.on('error', reject);
    const call = session.request({
      ':method': 'POST',
      ':path': method,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: string | undefined;
    call.on('error', reject);
    call.on('trailers', ({ 'grpc-status': value }) => {
      status = String(value);
    });
    call.on('end', () => resolve(status));
    call.resume();
    call.end(Buffer.alloc(5));
  }).finally(() => session.destroy());
}
