import { type DebugPage, json } from '../debug-page.ts';

/** What the newest snapshot is about. */
export const pushStatus: DebugPage = {
  name: 'push_status',
  summary: 'the newest snapshot, why it exists, how far it has come, and what is wrong with the objects in it',
  parameters: {},
  answer: (subject) => {
    const { version, reasons, reasonCount } = subject.snapshot;
    const proxies = [...subject.proxies()];
    return json({
      snapshot: version,
      reasons,
      reasonCount,
      proxies: proxies.length,
      waiting: subject.dueCount,
      effective: proxies.filter(({ client }) => client.status().runsRevision >= version).length,
      findings: subject.findings(),
    });
  },
};
