import { memoryUsage } from 'node:process';
import { type AdminEndpoint, jsonAnswer } from '../admin-endpoint.ts';

/** What the process holds, in the fields of envoy.admin.v3.Memory that have a meaning here. */
export const MEMORY: AdminEndpoint = {
  path: '/memory',
  description: 'print current allocation/heap usage',
  isMutating: false,
  params: [],
  handle: () => {
    const { heapUsed, heapTotal, external, rss } = memoryUsage();
    return jsonAnswer({
      allocated: String(heapUsed + external),
      heap_size: String(heapTotal + external),
      pageheap_unmapped: '0',
      pageheap_free: String(heapTotal - heapUsed),
      total_thread_cache: '0',
      total_physical_bytes: String(rss),
    });
  },
};
