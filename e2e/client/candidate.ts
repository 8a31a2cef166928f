/** A process that wants to lead: `node candidate.ts KUBECONFIG IDENTITY`. It prints what happens and ends on SIGTERM. */
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { createKubeClient, LeaderElection, leases, loadConnection, nodeConfigEnvironment } from '@weft/kube/client';
import { ELECTION, LEASE } from './election.ts';

const [kubeconfig = '', identity = ''] = process.argv.slice(2);
const machine = nodeConfigEnvironment({ env: {}, homeDir: '/nonexistent', clock: systemClock });
const parts = { clock: systemClock, random: systemRandom, log: noopLogger };
const client = createKubeClient(await loadConnection(machine, { kubeconfig }), { ...parts, userAgent: identity });
const say = (what: string): void => void process.stdout.write(`${what}\n`);
const election = new LeaderElection({
  client: client.collection(leases, 'kube-system'),
  name: LEASE,
  identity,
  ...parts,
  ...ELECTION,
  onStartedLeading: () => say('leads'),
  onStoppedLeading: (reason) => say(`stopped: ${reason}`),
  onNewLeader: (leader) => say(`sees ${leader}`),
});
process.once('SIGTERM', () => {
  void election.stop().then(() => client.close());
});
election.start();
