export * from './authorization-policy.ts';
export * from './kinds.ts';
export * from './peer-authentication.ts';
export * from './request-authentication.ts';
