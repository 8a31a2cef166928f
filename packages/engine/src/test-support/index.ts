export * from '../route/test-support/views.ts';
