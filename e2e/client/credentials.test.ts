/** Every way in which the mesh's client proves who it is, against the real server. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { kubernetes } from '@weft/api';
import type { KubeClient } from '@weft/kube/client';
import { isApiStatusError } from '@weft/kube/shared';
import { tempDir } from '@weft/testkit';
import { parse, stringify } from 'yaml';
import { machineWith, openClient } from '../support/own-client.ts';
import { startServer } from '../support/server.ts';

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { name: string; user: object }[];
}

/** A server, its owner, and a folder for what the test writes. */
interface Scene {
  readonly owner: KubeClient;
  readonly folder: string;
  readonly config: Kubeconfig;
}

test('credentials', { timeout: 60_000 }, async (t) => {
  const { kubeconfig } = await startServer(t);
  const owner = await openClient(t, { kubeconfig });
  const folder = tempDir(t);
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const scene = { owner, folder, config };
  for (const name of ['one', 'two']) await createAccount(owner, name);

  await t.test('a client certificate', async () => {
    assert.match(await whoAmI(owner), /admin|owner|weft/);
  });
  await t.test('a plug-in that is asked again when its token is refused', () => execPlugin(t, scene));
  await t.test('a plug-in that fails is named with what it said', () => failingPlugin(t, scene));
  await t.test('a token file that is replaced', () => tokenFile(t, scene));
  await t.test('a pod of the cluster', () => inCluster(t, scene));
  await t.test('an impersonated user', () => impersonation(t, scene));
  await t.test('a server with another authority is not trusted', () => wrongAuthority(t, scene));
});

async function execPlugin(t: TestContext, { owner, folder, config }: Scene): Promise<void> {
  const [script, runs, token] = ['plugin.mjs', 'runs', 'plugin-token'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(
    script,
    `import { appendFileSync, readFileSync } from 'node:fs';
    appendFileSync(${JSON.stringify(runs)}, process.env.KUBERNETES_EXEC_INFO + '\\n');
    const token = readFileSync(${JSON.stringify(token)}, 'utf8');
    console.log(JSON.stringify({ apiVersion: process.env.VERSION, kind: 'ExecCredential', status: { token } }));`,
  );
  const apiVersion = 'client.authentication.k8s.io/v1';
  const exec = {
    apiVersion,
    command: process.execPath,
    args: [script],
    env: [{ name: 'VERSION', value: apiVersion }],
    interactiveMode: 'Never',
    provideClusterInfo: true,
  };
  const client = await openClient(t, { kubeconfig: write(folder, config, 'exec', { exec }) });
  writeFileSync(token, await issueToken(owner, 'one'));
  assert.equal(await whoAmI(client), 'system:serviceaccount:default:one');
  assert.equal(await whoAmI(client), 'system:serviceaccount:default:one');
  const infos = () => readFileSync(runs, 'utf8').trim().split('\n');
  assert.equal(infos().length, 1, 'a credential is kept');
  const info = JSON.parse(infos()[0]!) as { spec: { cluster: { server: string } } };
  assert.equal(info.spec.cluster.server, config.clusters[0]!.cluster.server);

  // The account is made anew: the token that the client holds is refused from here on.
  await owner.resource(kubernetes.core.serviceAccount, { namespace: 'default' }).delete('one');
  await createAccount(owner, 'one');
  writeFileSync(token, await issueToken(owner, 'one'));
  assert.equal(await whoAmI(client), 'system:serviceaccount:default:one');
  assert.equal(infos().length, 2);
  writeFileSync(token, 'nonsense');
  const other = await openClient(t, { kubeconfig: write(folder, config, 'exec', { exec }) });
  await assert.rejects(whoAmI(other), (error) => isApiStatusError(error, 'Unauthorized'));
  assert.equal(infos().length, 4, 'asked twice, then the refusal is told');
}

async function failingPlugin(t: TestContext, { folder, config }: Scene): Promise<void> {
  const args = ['-e', 'console.error("log in first"); process.exit(3)'];
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args,
    interactiveMode: 'Never',
  };
  const client = await openClient(t, { kubeconfig: write(folder, config, 'failing', { exec }) });
  await assert.rejects(whoAmI(client), /failed with exit code 3: log in first/);
  const missing = { ...exec, command: 'no-such-program', installHint: 'get it from the shop' };
  const second = await openClient(t, { kubeconfig: write(folder, config, 'missing', { exec: missing }) });
  await assert.rejects(whoAmI(second), /"no-such-program" is not installed/);
}

async function tokenFile(t: TestContext, { owner, folder, config }: Scene): Promise<void> {
  const path = join(folder, 'token');
  writeFileSync(path, await issueToken(owner, 'one'));
  const client = await openClient(t, { kubeconfig: write(folder, config, 'file', { tokenFile: 'token' }) });
  assert.equal(await whoAmI(client), 'system:serviceaccount:default:one');
  writeFileSync(path, `${await issueToken(owner, 'two')}\n`);
  await owner.resource(kubernetes.core.serviceAccount, { namespace: 'default' }).delete('one');
  assert.equal(await whoAmI(client), 'system:serviceaccount:default:two', 'a refused token is read again');
  await createAccount(owner, 'one');
}

async function inCluster(t: TestContext, { owner, config }: Scene): Promise<void> {
  const roleBindings = owner.resource(kubernetes.rbac.roleBinding, { namespace: 'default' });
  await roleBindings.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'pod-views' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'two', namespace: 'default' }],
  });
  // What kubelet mounts into a pod: the token, the namespace, and the authority that every namespace has in a config map.
  const { data } = await owner.resource(kubernetes.core.configMap, { namespace: 'default' }).get('kube-root-ca.crt');
  const token = { text: await issueToken(owner, 'two') };
  const mounted = (name: string): string | undefined =>
    ({ token: token.text, namespace: 'default', 'ca.crt': data?.['ca.crt'] })[name];
  const prefix = '/var/run/secrets/kubernetes.io/serviceaccount/';
  const readText = (path: string): Promise<string> => {
    const text = path.startsWith(prefix) ? mounted(path.slice(prefix.length)) : undefined;
    return text === undefined
      ? Promise.reject(Object.assign(new Error(path), { code: 'ENOENT', syscall: 'open' }))
      : Promise.resolve(text);
  };
  const { hostname, port } = new URL(config.clusters[0]!.cluster.server);
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  const client = await openClient(t, { machine: machineWith(env, readText) });
  assert.equal(client.namespace, 'default');
  assert.equal(await whoAmI(client), 'system:serviceaccount:default:two');
  const { items } = await client.resource(kubernetes.core.configMap, { namespace: client.namespace }).listAll();
  assert.ok(items.some(({ metadata }) => metadata.name === 'kube-root-ca.crt'));
  const secrets = client.resource(kubernetes.core.secret, { namespace: client.namespace }).listAll();
  await assert.rejects(secrets, (error) => isApiStatusError(error, 'Forbidden'));
  const elsewhere = client.resource(kubernetes.core.configMap, { namespace: 'kube-system' }).listAll();
  await assert.rejects(elsewhere, (error) => isApiStatusError(error, 'Forbidden'));
}

async function impersonation(t: TestContext, { folder, config }: Scene): Promise<void> {
  const user = { ...config.users[0]!.user, as: 'maria', 'as-groups': ['developers'] };
  const client = await openClient(t, { kubeconfig: write(folder, config, 'as', user) });
  assert.equal(await whoAmI(client), 'maria');
  const namespaces = client.resource(kubernetes.core.namespace).listAll();
  await assert.rejects(namespaces, /User "maria" cannot list resource "namespaces"/);
}

async function wrongAuthority(t: TestContext, { folder, config }: Scene): Promise<void> {
  const other = await startServer(t);
  const theirs = parse(readFileSync(other.kubeconfig, 'utf8')) as Kubeconfig;
  const mixed = structuredClone(config);
  mixed.clusters[0]!.cluster['certificate-authority-data'] = theirs.clusters[0]!.cluster['certificate-authority-data'];
  const client = await openClient(t, { kubeconfig: write(folder, mixed, 'mixed', config.users[0]!.user) });
  await assert.rejects(whoAmI(client), /cannot trust the API server at/);
}

/** Writes a kubeconfig in which the user is another. */
function write(folder: string, config: Kubeconfig, name: string, user: object): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, stringify({ ...config, users: [{ name: config.users[0]!.name, user }] }));
  return path;
}

async function createAccount(owner: KubeClient, name: string): Promise<void> {
  const accounts = owner.resource(kubernetes.core.serviceAccount, { namespace: 'default' });
  await accounts.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
}

async function issueToken(owner: KubeClient, name: string): Promise<string> {
  const accounts = owner.resource(kubernetes.core.serviceAccount, { namespace: 'default' });
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } };
  const issued = (await accounts.createSubresource(name, 'token', body)) as { status: { token: string } };
  return issued.status.token;
}

async function whoAmI(client: KubeClient): Promise<string> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const review = await client.transport.request({ method: 'POST', path, body });
  return (review as { status: { userInfo: { username: string } } }).status.userInfo.username;
}
