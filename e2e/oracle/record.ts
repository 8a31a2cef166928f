/**
 * `CLUSTER_KUBECONFIG=… node e2e/oracle/record.ts`: writes down what a real API server answers to every case. The cluster must be
 * one that may be thrown away.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RawApi } from '../support/raw-api.ts';
import { allCases } from './cases/all.ts';
import { defineMeshKinds } from './mesh-kinds.ts';
import { formatRecording, recorded } from './recording.ts';
import { runAll } from './run-all.ts';

const api = new RawApi(readFileSync(process.env['CLUSTER_KUBECONFIG'] ?? '', 'utf8'));
const version = await api.send({ method: 'GET', path: '/version' });
const { gitVersion } = JSON.parse(version.body.toString()) as { gitVersion: string };
await defineMeshKinds(api);
const answers = await runAll(api, allCases);
const cases = Object.fromEntries(allCases.map(({ name, steps }) => [name, recorded(steps, answers.get(name)!)]));
const path = join(import.meta.dirname, 'testdata', `kube-apiserver-${gitVersion.replace(/^v/, '')}.json`);
writeFileSync(path, formatRecording({ server: gitVersion, cases }));
api.close();
