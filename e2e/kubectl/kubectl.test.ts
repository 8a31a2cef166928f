/** Every kubectl on the machine against `weft apiserver`: what users type, and what they must see. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventuallyPasses, tempDir } from '@weft/testkit';
import { type CommandOutput, findKubectls, Kubectl, type KubectlBinary } from '../support/kubectl.ts';
import { kubeconfigWithToken, type RunningServer, startServer } from '../support/server.ts';
import { CRD, DEPLOYMENT, virtualService, widget } from './files.ts';

/** Checks of one command: words, what standard output (or with `fails` standard error) must match. */
interface Session {
  readonly ok: (line: string, expected?: RegExp, input?: string, env?: Record<string, string>) => Promise<string>;
  readonly fails: (line: string, expected: RegExp, input?: string) => Promise<string>;
  readonly kubectl: Kubectl;
  readonly server: RunningServer;
  readonly home: string;
}

const kubectls = await findKubectls();

if (kubectls.length === 0) {
  test(
    'kubectl',
    { skip: 'no kubectl from 1.27 on this machine; install one or name it in KUBECTL_BINS' },
    () => undefined,
  );
}

for (const binary of kubectls) {
  test(`kubectl ${binary.version}`, { timeout: 120_000 }, async (t) => {
    const server = await startServer(t);
    const session = open(t, binary, server);
    await discovery(session);
    await clientSideApply(session);
    await serverSideApply(session);
    await patches(session);
    await workloads(session);
    await refusals(session);
    await customResources(session);
    await access(session);
    await watching(session);
    await deletion(session);
    assert.doesNotMatch(server.output(), /request failed/, 'the server reported an internal error');
  });
}

function open(t: TestContext, binary: KubectlBinary, server: RunningServer): Session {
  const home = tempDir(t);
  const kubectl = new Kubectl(binary, server.kubeconfig, home);
  const words = (line: string): string[] => line.match(/(?:[^\s']|'[^']*')+/g)!.map((word) => word.replaceAll("'", ''));
  const told = (line: string, { code, stdout, stderr }: CommandOutput): string =>
    `kubectl ${line}\nexit ${code}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
  return {
    kubectl,
    server,
    home,
    ok: async (line, expected, input, env) => {
      const output = await kubectl.run(words(line), { input, env });
      assert.equal(output.code, 0, told(line, output));
      if (expected !== undefined) assert.match(output.stdout, expected, told(line, output));
      return output.stdout;
    },
    fails: async (line, expected, input) => {
      const output = await kubectl.run(words(line), { input });
      assert.notEqual(output.code, 0, told(line, output));
      assert.match(output.stderr, expected, told(line, output));
      return output.stderr;
    },
  };
}

async function discovery({ ok }: Session): Promise<void> {
  await ok('version', /Server Version/);
  await ok('get ns', /default\s+Active/);
  const resources = await ok('api-resources');
  for (const name of [
    'virtualservices',
    'httproutes',
    'deployments',
    'mutatingwebhookconfigurations',
    'customresourcedefinitions',
  ]) {
    assert.match(resources, new RegExp(`^${name}\\s`, 'm'), `api-resources must list ${name}`);
  }
  await ok('api-versions', /^networking\.istio\.io\/v1$/m);
  await ok('explain vs.spec.http', /FIELDS?:[\s\S]*route/);
  await ok('explain svc.spec.ports', /targetPort/);
  await ok('get --raw /readyz', /^ok$/);
  await ok('create ns bookinfo', /namespace\/bookinfo created/);
  await ok('label ns bookinfo istio-injection=enabled', /labeled/);
  await ok('get ns -L istio-injection', /bookinfo\s+Active\s+\S+\s+enabled/);
}

async function clientSideApply({ ok, kubectl }: Session): Promise<void> {
  await ok('apply -f -', /virtualservice\S* created|reviews created/, virtualService([90, 10]));
  await ok('apply -f -', /reviews configured/, virtualService([50, 50]));
  await ok('apply -f -', /reviews unchanged/, virtualService([50, 50]));
  await ok("get vs reviews -n bookinfo -o jsonpath='{.spec.http[0].route[*].weight}'", /^50 50$/);
  await ok('get vs -A -o wide', /bookinfo\s+reviews\s+.*\["reviews"\]/);
  const diff = await kubectl.run(['diff', '-f', '-'], { input: virtualService([10, 90]) });
  assert.equal(diff.code, 1, `diff tells by its exit code that something differs: ${diff.stderr}`);
  assert.match(diff.stdout, /weight: 90/);
  await ok('apply --dry-run=server -f -', /configured \(server dry run\)/, virtualService([10, 90]));
  await ok('apply --dry-run=client -f -', /configured \(dry run\)/, virtualService([10, 90]));
  await ok("get vs reviews -n bookinfo -o jsonpath='{.spec.http[0].route[*].weight}'", /^50 50$/);
}

async function serverSideApply({ ok, fails }: Session): Promise<void> {
  await ok('apply --server-side -f -', /serverside-applied/, virtualService([50, 50]));
  const config = (value: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ssa, namespace: bookinfo}\ndata: {key: ${value}}\n`;
  await ok('apply --server-side --field-manager=one -f -', /serverside-applied/, config('a'));
  await fails('apply --server-side --field-manager=two -f -', /conflict with "one"[\s\S]*\.data\.key/, config('b'));
  await ok('apply --server-side --field-manager=two --force-conflicts -f -', /serverside-applied/, config('b'));
  await ok("get cm ssa -n bookinfo -o jsonpath='{.data.key}'", /^b$/);
  await ok('get cm ssa -n bookinfo -o yaml --show-managed-fields', /manager: two/);
}

async function patches({ ok, kubectl }: Session): Promise<void> {
  await ok(`patch vs reviews -n bookinfo --type merge -p '{"spec":{"gateways":["mesh"]}}'`, /patched/);
  await ok(
    `patch vs reviews -n bookinfo --type json -p '[{"op":"add","path":"/spec/hosts/-","value":"x.example.com"}]'`,
    /patched/,
  );
  await ok(
    "get vs reviews -n bookinfo -o jsonpath='{.spec.hosts} {.spec.gateways}'",
    /\["reviews","x.example.com"\] \["mesh"\]/,
  );
  await ok('annotate vs reviews -n bookinfo owner=maria', /annotate/);
  await ok('edit vs reviews -n bookinfo', /edited/, undefined, {
    EDITOR: 'sed -i s/owner:.maria/owner:\\ jan/',
    KUBE_EDITOR: '',
  });
  await ok("get vs reviews -n bookinfo -o jsonpath='{.metadata.annotations.owner}'", /^jan$/);
  const current = (await kubectl.run(['get', 'vs', 'reviews', '-n', 'bookinfo', '-o', 'yaml'])).stdout;
  await ok('replace -f -', /replaced/, current.replace('x.example.com', 'y.example.com'));
}

async function workloads({ ok }: Session): Promise<void> {
  await ok('apply -f -', /deployment.apps\/reviews created[\s\S]*service\/reviews created/, DEPLOYMENT);
  await ok('get deploy,svc -n bookinfo -o wide', /reviews\s+0\/2[\s\S]*10\.96\.\d+\.\d+/);
  await ok('get all -n bookinfo', /deployment.apps\/reviews/);
  await ok('scale deploy/reviews -n bookinfo --replicas=5', /scaled/);
  await ok("get deploy reviews -n bookinfo -o jsonpath='{.spec.replicas}'", /^5$/);
  await ok('set image deploy/reviews -n bookinfo reviews=reviews:2.0.0', /image updated/);
  await ok('rollout restart deploy/reviews -n bookinfo', /restarted/);
  await ok('set env deploy/reviews -n bookinfo MODE=fast', /env updated/);
  await ok(
    `patch deploy reviews -n bookinfo -p '{"spec":{"template":{"spec":{"containers":[{"name":"reviews","env":[{"name":"MORE","value":"1"}]}]}}}}'`,
    /patched/,
  );
  await ok("get deploy reviews -n bookinfo -o jsonpath='{.spec.template.spec.containers[0].env[*].name}'", /MODE/);
  await ok("get deploy reviews -n bookinfo -o jsonpath='{.spec.template.spec.containers[0].env[*].name}'", /MORE/);
  await ok('label svc reviews -n bookinfo team=a', /labeled/);
  await ok("get svc -n bookinfo -l 'team in (a,b)' --show-labels", /team=a/);
  await ok('get svc -n bookinfo --field-selector metadata.name=reviews -o name', /^service\/reviews\n$/);
  await ok('describe svc reviews -n bookinfo', /Selector:\s+app=reviews/);
  await ok('describe vs reviews -n bookinfo', /Kind:\s+VirtualService/);
  await ok('describe deploy reviews -n bookinfo', /Replicas:\s+5 desired/);
  await ok('create cm settings -n bookinfo --from-literal=a=b', /created/);
  await ok('create secret generic pw -n bookinfo --from-literal=a=b', /created/);
  await ok("get secret pw -n bookinfo -o jsonpath='{.data.a}'", /^Yg==$/);
  await ok('create deployment second -n bookinfo --image=x', /created/);
  await ok('create job once -n bookinfo --image=x', /created/);
  await ok('create cronjob nightly -n bookinfo --image=x --schedule="0 3 * * *"'.replaceAll('"', "'"), /created/);
  await ok('create sa robot -n bookinfo', /created/);
  await ok('run pod1 -n bookinfo --image=x', /created/);
  await ok('get pods -n bookinfo', /pod1\s+0\/1\s+Pending/);
  await ok('expose deploy second -n bookinfo --port=80', /exposed/);
  await ok('autoscale deploy second -n bookinfo --max=3', /autoscaled/);
  await ok('wait --for=jsonpath={.spec.replicas}=5 deploy/reviews -n bookinfo --timeout=5s', /condition met/);
  await ok('get events -n bookinfo');
}

async function refusals({ fails, ok }: Session): Promise<void> {
  await fails(
    'apply -f -',
    /unknown field "spec.http\[0\].bogus"/,
    virtualService([1, 1]).replace('name: split', 'bogus: 1'),
  );
  await fails('apply -f -', /spec\.http\[0\]\.route\[0\]\.weight/, virtualService([-1, 2]));
  await fails('apply -f -', /Unsupported value: "SOMETIMES": supported values: /, peerAuthentication('SOMETIMES'));
  await ok('apply -f -', /created/, peerAuthentication('STRICT'));
  await fails('get vs nothing -n bookinfo', /virtualservices.networking.istio.io "nothing" not found/);
  await fails('create ns bookinfo', /namespaces "bookinfo" already exists/);
  await fails('create ns Bad_Name', /RFC 1123/);
  await fails('create cm x -n absent', /namespaces "absent" not found/);
  await fails('get widgets -n bookinfo', /the server doesn't have a resource type "widgets"/);
}

function peerAuthentication(mode: string): string {
  return `apiVersion: security.istio.io/v1beta1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: bookinfo}\nspec: {mtls: {mode: ${mode}}}\n`;
}

async function customResources({ ok, fails }: Session): Promise<void> {
  await ok('apply -f -', /widgets.example.com created/, CRD);
  await ok('wait --for=condition=Established crd/widgets.example.com --timeout=10s', /condition met/);
  await ok('apply -f -', /widget.example.com\/w created/, widget(3));
  await ok('get wd -n bookinfo', /NAME\s+SIZE\nw\s+3/);
  await ok('get wd w -n bookinfo -o wide', /red/);
  await fails(
    'apply -f -',
    /spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10/,
    widget(11),
  );
  await fails('apply -f -', /seven is not allowed/, widget(7));
  await fails('apply -f -', /unknown field "spec.shape"/, widget(3, '  shape: round\n'));
  await ok('scale wd/w -n bookinfo --replicas=4', /scaled/);
  await ok("get wd w -n bookinfo -o jsonpath='{.spec.replicas}'", /^4$/);
  await ok('explain widget.spec', /colour/);
}

async function access({ ok, kubectl, server, home }: Session): Promise<void> {
  await ok('auth can-i create vs -n bookinfo', /yes/);
  await ok('auth can-i --list -n bookinfo', /\*\.\*/);
  await ok('auth whoami', /Username/).catch((error: unknown) => {
    // The command came with 1.28.
    if (!kubectl.binary.version.startsWith('1.27')) throw error;
  });
  const token = (await ok('create token robot -n bookinfo')).trim();
  const kubeconfig = join(home, 'robot.kubeconfig');
  writeFileSync(kubeconfig, kubeconfigWithToken(server, token), { mode: 0o600 });
  const robot = { KUBECONFIG: kubeconfig };
  const may = (verb: string): Promise<CommandOutput> =>
    kubectl.run(['auth', 'can-i', verb, 'vs', '-n', 'bookinfo'], { env: robot });
  assert.match((await may('list')).stdout, /^no/, 'a fresh service account may do nothing');
  await ok('create rolebinding robots -n bookinfo --clusterrole=view --serviceaccount=bookinfo:robot', /created/);
  assert.match((await may('list')).stdout, /^yes/);
  assert.match((await may('create')).stdout, /^no/);
  await ok('create role reader -n bookinfo --verb=get --resource=secrets', /created/);
}

async function watching({ kubectl, ok }: Session): Promise<void> {
  const watch = kubectl.start(['get', 'cm', '-n', 'bookinfo', '-w']);
  try {
    await eventuallyPasses(() => assert.match(watch.output(), /settings/), { withinMs: 10_000 });
    await ok('create cm live -n bookinfo --from-literal=a=b');
    await eventuallyPasses(() => assert.match(watch.output(), /live/), { withinMs: 10_000 });
  } finally {
    watch.stop();
  }
}

async function deletion({ ok }: Session): Promise<void> {
  await ok('delete deploy reviews -n bookinfo', /deleted/);
  await ok('delete -f -', /deleted/, virtualService([50, 50]));
  await ok('delete cm --all -n bookinfo', /deleted/);
  await ok('delete crd widgets.example.com --timeout=20s', /deleted/);
  await ok('delete ns bookinfo --timeout=20s', /deleted/);
  await ok('get vs -A');
}
