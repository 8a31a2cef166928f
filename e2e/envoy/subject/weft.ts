import { join } from 'node:path';
import { startProxy } from './start-proxy.ts';
import type { Subject } from './subject.ts';

const WEFT = join(import.meta.dirname, '../../../packages/cli/bin/weft.js');

/** Our own proxy. */
export function weftSubject(): Subject {
  return {
    name: 'weft',
    start: (file, folder) =>
      startProxy({
        program: process.execPath,
        args: [WEFT, 'proxy', '-c', file, '--file-flush-interval-msec', '5'],
        folder,
      }),
  };
}
