export * from './cron-job.ts';
export * from './cron-schedule.ts';
export * from './job.ts';
export type { JobSpec, JobStatus } from './job-spec.ts';
