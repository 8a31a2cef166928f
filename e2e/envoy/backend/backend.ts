import type { BackendSpec } from '../case.ts';
import type { TestFiles } from '../files.ts';
import { startHttp1Backend } from './http1-backend.ts';
import { startHttp2Backend } from './http2-backend.ts';
import type { Backend, Journal } from './journal.ts';
import { startClosedPort, startTcpBackend } from './tcp-backend.ts';

/** Starts one backend. */
export function startBackend(name: string, spec: BackendSpec, journal: Journal, files: TestFiles): Promise<Backend> {
  switch (spec.kind) {
    case 'http1':
      return startHttp1Backend(name, journal, spec.tls === true ? files : undefined);
    case 'http2':
      return startHttp2Backend(name, journal, spec.tls === true ? files : undefined);
    case 'tcp':
      return startTcpBackend(name, journal);
    case 'closed':
      return startClosedPort();
  }
}
