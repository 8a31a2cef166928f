import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMeshError, MeshError } from '@weft/core';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import type { Command, CommandResult, ConfigEnvironment } from './environment.ts';
import { type ConnectionChoice, loadConnection } from './kubeconfig.ts';
import { parseKubeconfig } from './kubeconfig-file.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A machine with these files and variables. */
function machine(files: Record<string, string>, env: Record<string, string> = {}) {
  const clock = new FakeClock();
  const commands: Command[] = [];
  const results: CommandResult[] = [];
  const environment: ConfigEnvironment = {
    env,
    homeDir: '/home/me',
    clock,
    readText: (path) => {
      const text = files[path];
      if (text !== undefined) return Promise.resolve(text);
      return Promise.reject(
        Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: 'ENOENT', syscall: 'open' }),
      );
    },
    run: (command) => {
      commands.push(command);
      return Promise.resolve(results.shift() ?? { stdout: '', stderr: 'no result', exitCode: 1 });
    },
  };
  return { environment, clock, files, commands, results };
}

/** A kubeconfig with one context; `cluster` and `user` are lines in YAML's flow style. */
function config(cluster: string, user = '{}', context = ''): string {
  return `
apiVersion: v1
kind: Config
current-context: dev
contexts: [{name: dev, context: {cluster: c, user: u${context}}}]
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
`;
}

const HOME = '/home/me/.kube/config';
const HTTPS = '{server: "https://api:6443"}';

async function refusal(files: Record<string, string>, choice: ConnectionChoice = {}, env: Record<string, string> = {}) {
  const thrown: unknown = await loadConnection(machine(files, env).environment, choice).then(
    () => assert.fail('the configuration was accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(isMeshError(thrown) && thrown.code === 'MESH_KUBECONFIG', String(thrown));
  return thrown.hint === undefined ? thrown.message : `${thrown.message} (${thrown.hint})`;
}

test('the context names server, namespace and everything that TLS needs', async () => {
  const cluster = `{server: "https://api:6443/x", certificate-authority-data: ${base64('CA')}, tls-server-name: n, proxy-url: "http://p:1", disable-compression: true}`;
  const user = `{token: t, as: jane, as-uid: '7', as-groups: [g], as-user-extra: {k: [v]}}`;
  const { environment } = machine({ [HOME]: config(cluster, user, ', namespace: shop') });
  const connection = await loadConnection(environment);
  assert.equal(connection.origin, `context "dev" of ${HOME}`);
  assert.equal(connection.server.href, 'https://api:6443/x');
  assert.equal(connection.namespace, 'shop');
  assert.equal(await connection.readCertificateAuthority?.(), 'CA');
  assert.deepEqual(
    [connection.tlsServerName, connection.proxyUrl?.href, connection.isCompressed, connection.isTlsVerified],
    ['n', 'http://p:1/', false, true],
  );
  assert.equal((await connection.credentials.get()).token?.reveal(), 't');
  assert.deepEqual(connection.impersonation, { user: 'jane', uid: '7', groups: ['g'], extra: { k: ['v'] } });
  assert.deepEqual(connection.warnings, []);
});

test('certificates come as data or in files beside the kubeconfig, and files are read again', async () => {
  const user = '{client-certificate: pki/me.crt, client-key: /etc/me.key}';
  const cluster = '{server: "https://api", certificate-authority: ca.crt}';
  const { environment, files, clock } = machine({
    [HOME]: config(cluster, user),
    '/home/me/.kube/pki/me.crt': 'CERT',
    '/etc/me.key': 'KEY',
    '/home/me/.kube/ca.crt': 'CA',
  });
  const { credentials, readCertificateAuthority } = await loadConnection(environment);
  const first = await credentials.get();
  assert.deepEqual([first.certificate, first.key?.reveal(), await readCertificateAuthority?.()], ['CERT', 'KEY', 'CA']);
  files['/etc/me.key'] = 'KEY2';
  assert.equal((await credentials.get()).key?.reveal(), 'KEY');
  clock.advance(10_000);
  assert.equal((await credentials.get()).key?.reveal(), 'KEY2');
  delete files['/etc/me.key'];
  clock.advance(10_000);
  assert.equal((await credentials.get()).key?.reveal(), 'KEY2', 'a file that is gone for a moment does not hurt');
  files['/etc/me.key'] = 'KEY3';
  credentials.invalidate();
  assert.equal((await credentials.get()).key?.reveal(), 'KEY3');
});

test('a token file wins over a token, data over a file', async () => {
  const files = { '/t': 'from-file\n', [HOME]: config(HTTPS, '{token: inline, tokenFile: /t}') };
  const { credentials } = await loadConnection(machine(files).environment);
  assert.equal((await credentials.get()).token?.reveal(), 'from-file');
  const cluster = `{server: "https://a", certificate-authority-data: ${base64('DATA')}, certificate-authority: /missing}`;
  const second = await loadConnection(machine({ [HOME]: config(cluster) }).environment);
  assert.equal(await second.readCertificateAuthority?.(), 'DATA');
});

test('files in KUBECONFIG are merged, the first to name something wins, missing ones do not matter', async () => {
  const one = `{current-context: b, clusters: [{name: c, cluster: {server: "https://one"}}], users: [{name: u, user: {tokenFile: t}}]}`;
  const two = `{current-context: a, contexts: [{name: b, context: {cluster: c, user: u}}, {name: a, context: {cluster: d}}],
    clusters: [{name: c, cluster: {server: "https://two"}}, {name: d, cluster: {server: "https://three"}}]}`;
  const env = { KUBECONFIG: '/x/one:/missing:/y/two' };
  const { environment } = machine({ '/x/one': one, '/y/two': two, '/x/t': 'beside its own file' }, env);
  const merged = await loadConnection(environment);
  assert.equal(merged.server.href, 'https://one/');
  assert.equal((await merged.credentials.get()).token?.reveal(), 'beside its own file');
  const chosen = await loadConnection(environment, { context: 'a' });
  assert.equal(chosen.server.href, 'https://three/');
  assert.deepEqual(await chosen.credentials.get(), {});
});

test('mistakes are named with file, entry and field', async () => {
  const cases: [string, RegExp][] = [
    ['a: [', /^\/home\/me\/\.kube\/config: is not YAML: .* at line 1/],
    ['[]', /config: is not a mapping/],
    ['kind: Pod', /config: kind: is "Pod", not "Config"/],
    ['contexts: 7', /config: contexts: is not a list/],
    ['contexts: [{context: {}}]', /config: contexts\[0\]\.name: is missing/],
    ['clusters: [{name: 1}]', /clusters\[0\]\.name: is not a text \(put it in quotes\)/],
    ['contexts: [{name: x}]', /config: names no current context \(choose one of "x" by --context\)/],
    ['{current-context: y, contexts: [{name: x}]}', /config: context: "y" does not exist \(there are "x"\)/],
    [
      '{current-context: x, contexts: [{name: x, context: {cluster: z}}]}',
      /context "x": cluster: "z" does not exist \(there are none\)/,
    ],
    [config('{}'), /config: cluster "c"\.server: is missing/],
    [config('{server: "ftp://x"}'), /cluster "c"\.server: "ftp:\/\/x" is not an http or https URL/],
    [config('{server: "https://x", certificate-authority-data: "%"}'), /certificate-authority-data: is not base64/],
    [
      config('{server: "https://x", insecure-skip-tls-verify: yes please}'),
      /insecure-skip-tls-verify: is neither true nor false/,
    ],
    [
      config('{server: "https://x", insecure-skip-tls-verify: true, certificate-authority: /x}'),
      /beside a certificate authority/,
    ],
    [config('{server: "https://x", proxy-url: "socks5://p:1"}'), /proxy-url: proxies of type socks5 are not supported/],
    [
      config(HTTPS, '{username: me, password: secret}'),
      /user "u"\.username: is not supported: .* \(use a token or a certificate\)/,
    ],
    [config(HTTPS, '{auth-provider: {name: gcp}}'), /auth-provider: is not supported \(use the exec plug-in/],
    [config(HTTPS, '{client-key-data: eA==}'), /client-certificate: is missing \(a client certificate and its key/],
    [config(HTTPS, '{as-groups: [x]}'), /user "u"\.as: is missing/],
    [config(HTTPS, '{exec: {command: x}}'), /user "u"\.exec\.apiVersion: is missing/],
    [
      config(HTTPS, '{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}'),
      /v1alpha1" is not supported \(supported are/,
    ],
    [
      config(HTTPS, '{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}}'),
      /asks for a terminal/,
    ],
    [
      config(HTTPS, '{token: t, exec: {apiVersion: client.authentication.k8s.io/v1, command: x}}'),
      /exec: is given beside a token/,
    ],
  ];
  for (const [text, expected] of cases) assert.match(await refusal({ [HOME]: text }), expected);
  assert.match(
    await refusal({}),
    /no configuration found in \/home\/me\/\.kube\/config \(name a file by --kubeconfig\)/,
  );
  assert.match(await refusal({}, { kubeconfig: '/none' }), /\/none: cannot be read: ENOENT/);
  const tokenFile = await loadConnection(machine({ [HOME]: config(HTTPS, '{tokenFile: /none}') }).environment);
  await assert.rejects(tokenFile.credentials.get(), /user "u"\.tokenFile: cannot read \/none: ENOENT/);
});

test('fields without effect are warned of, except those made for other programs', async () => {
  const cluster = '{server: "https://x", shiny: 1, extensions: []}';
  const { environment } = machine({ [HOME]: `preferences: {}\n${config(cluster, '{tokn: x}')}\nfoo: 1` });
  const { warnings } = await loadConnection(environment);
  assert.deepEqual(warnings, [
    `${HOME}: foo has no effect`,
    `${HOME}: cluster "c".shiny has no effect`,
    `${HOME}: user "u".tokn has no effect`,
  ]);
});

test('proxies come from the environment when the cluster names none, as for any Go program', async () => {
  const proxyFor = async (server: string, env: Record<string, string>) =>
    (await loadConnection(machine({ [HOME]: config(`{server: "${server}"}`) }, env).environment)).proxyUrl?.href;
  const env = { HTTPS_PROXY: 'proxy:3128', NO_PROXY: 'internal, .example.com,host:6443' };
  assert.equal(await proxyFor('https://api.test', env), 'http://proxy:3128/');
  for (const direct of [
    'https://internal',
    'https://a.example.com',
    'https://host:6443',
    'https://127.0.0.1',
    'http://api.test',
  ]) {
    assert.equal(await proxyFor(direct, env), undefined, direct);
  }
  assert.equal(await proxyFor('https://host:7443', env), 'http://proxy:3128/');
  assert.equal(await proxyFor('https://api.test', { ...env, NO_PROXY: '*' }), undefined);
});

const EXEC = `{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [a], env: [{name: X, value: y}], interactiveMode: Never, provideClusterInfo: true, installHint: install login first}}`;

function credential(status: object, apiVersion = 'client.authentication.k8s.io/v1'): CommandResult {
  return { stdout: JSON.stringify({ kind: 'ExecCredential', apiVersion, status }), stderr: '', exitCode: 0 };
}

test('a plug-in is told of the cluster, run once for many, and again when its credential ends or is refused', async () => {
  const cluster = `{server: "https://api", certificate-authority: /ca}`;
  const { environment, commands, results, clock } = machine(
    { [HOME]: config(cluster, EXEC), '/ca': 'CA' },
    { PATH: '/bin' },
  );
  const { credentials } = await loadConnection(environment);
  const expirationTimestamp = new Date(clock.now() + 60_000).toISOString();
  results.push(
    credential({ token: 'one', expirationTimestamp }),
    credential({ token: 'two' }),
    credential({ clientCertificateData: 'C', clientKeyData: 'K' }),
  );
  const both = await Promise.all([credentials.get(), credentials.get()]);
  assert.deepEqual(
    both.map(({ token }) => token?.reveal()),
    ['one', 'one'],
  );
  assert.equal(commands.length, 1);
  const [command] = commands;
  assert.deepEqual([command?.program, command?.args], ['/home/me/.kube/bin/login', ['a']]);
  assert.deepEqual([command?.env['PATH'], command?.env['X']], ['/bin', 'y']);
  assert.deepEqual(JSON.parse(command?.env['KUBERNETES_EXEC_INFO'] ?? ''), {
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
    spec: { interactive: false, cluster: { server: 'https://api', 'certificate-authority-data': base64('CA') } },
  });
  clock.advance(51_000);
  assert.equal((await credentials.get()).token?.reveal(), 'two', 'renewed shortly before the end');
  clock.advance(1e9);
  assert.equal((await credentials.get()).token?.reveal(), 'two', 'no end was named');
  credentials.invalidate();
  const third = await credentials.get();
  assert.deepEqual([third.certificate, third.key?.reveal()], ['C', 'K']);
});

test('plug-ins that fail are named, and their output, which may hold secrets, is not quoted', async () => {
  const failed = (message: string, isNotFound: boolean) => ({
    stdout: '',
    stderr: '',
    exitCode: undefined,
    failure: { message, isNotFound },
  });
  const printed = (stdout: string) => ({ stdout, stderr: '', exitCode: 0 });
  const cases: [CommandResult, RegExp][] = [
    [failed('ENOENT', true), /exec: program ".*login" is not installed$/],
    [failed('it did not end within 60000 ms', false), /did not end within/],
    [{ stdout: '', stderr: 'log in first\n', exitCode: 2 }, /failed with exit code 2: log in first$/],
    [printed('{secret'), /printed no valid credential: it is not JSON$/],
    [printed('{}'), /its kind is not ExecCredential/],
    [credential({ token: 'x' }, 'client.authentication.k8s.io/v1beta1'), /its apiVersion is not/],
    [credential({}), /neither a token nor a client certificate/],
    [credential({ clientKeyData: 'x' }), /only one of/],
    [credential({ token: 'x', expirationTimestamp: 'soon' }), /is not a time/],
  ];
  for (const [result, expected] of cases) {
    const { environment, results } = machine({ [HOME]: config(HTTPS, EXEC) });
    results.push(result);
    const { credentials } = await loadConnection(environment);
    await assert.rejects(credentials.get(), (error) => {
      assert.ok(error instanceof MeshError);
      assert.match(error.message, expected);
      return true;
    });
  }
});

test('a pod uses its service account, and follows the token that kubelet renews', async () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const { environment, files, clock } = machine(
    {
      [`${SERVICE_ACCOUNT}/token`]: 'one\n',
      [`${SERVICE_ACCOUNT}/ca.crt`]: 'CA',
      [`${SERVICE_ACCOUNT}/namespace`]: 'shop',
    },
    env,
  );
  const connection = await loadConnection(environment);
  assert.deepEqual([connection.server.href, connection.namespace], ['https://[fd00::1]/', 'shop']);
  assert.equal((await connection.credentials.get()).token?.reveal(), 'one');
  files[`${SERVICE_ACCOUNT}/token`] = 'two';
  clock.advance(10_000);
  assert.equal((await connection.credentials.get()).token?.reveal(), 'two');
  assert.match(await refusal({}, {}, env), /service account of this pod: cannot read .*namespace/);
  const withConfig = await loadConnection(machine({ [HOME]: config(HTTPS) }, env).environment);
  assert.equal(withConfig.server.href, 'https://api:6443/', 'a kubeconfig comes first');
});

test('fuzz: any text is read or refused by name', () => {
  const value = fc.jsonValue().map((each) => JSON.stringify({ contexts: each, clusters: [each], users: { u: each } }));
  fc.assert(
    fc.property(fc.oneof(fc.string(), value, fc.constant('a: &a [*a]')), (text) => {
      try {
        parseKubeconfig('/f', text);
      } catch (thrown) {
        assert.ok(isMeshError(thrown) && thrown.message.startsWith('/f'), String(thrown));
      }
    }),
  );
});
