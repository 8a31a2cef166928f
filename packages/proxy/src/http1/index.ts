export * from './body-framing.ts';
export * from './chunked.ts';
export * from './head-scan.ts';
export * from './head-scanner.ts';
export * from './known-headers.ts';
export * from './wire-errors.ts';
