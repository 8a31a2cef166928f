export * from './request.ts';
export * from './transport.ts';
