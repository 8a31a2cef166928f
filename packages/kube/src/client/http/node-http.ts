/** Node's HTTP modules. An ES import of them would load a second HTTP client and cost every process 12 MB. */

/** `node:http`. */
export const http: typeof import('node:http') = process.getBuiltinModule('node:http');

/** `node:https`. */
export const https: typeof import('node:https') = process.getBuiltinModule('node:https');
