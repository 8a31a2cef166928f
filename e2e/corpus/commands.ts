/** What is typed for a recording: every verb that people use, with its answers good and bad. */
import { CRD, DEPLOYMENT, virtualService, widget } from '../kubectl/files.ts';

/** One command. */
export interface Command {
  /** As it is typed, without `kubectl`. */
  readonly line: string;
  /** Standard input. */
  readonly input?: string;
  /** The first minor version that has it. */
  readonly since?: number;
  /** For a command that goes on: what is typed meanwhile. */
  readonly meanwhile?: readonly string[];
}

const bad = virtualService([50, 50]).replace('name: split', 'bogus: 1');
const config = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ssa, namespace: bookinfo}\ndata: {key: ${value}}\n`;

/** In the order in which they are typed; each builds on those before. */
export const COMMANDS: readonly Command[] = [
  { line: 'version' },
  { line: 'get ns' },
  { line: 'api-resources' },
  { line: 'create ns bookinfo' },
  { line: 'create ns bookinfo' },
  { line: 'apply -f -', input: CRD },
  { line: 'wait --for=condition=Established crd/widgets.example.com --timeout=5s' },
  { line: 'apply -f -', input: virtualService([90, 10]) },
  { line: 'apply -f -', input: virtualService([50, 50]) },
  { line: 'apply -f -', input: virtualService([50, 50]) },
  { line: 'apply -f -', input: bad },
  { line: 'apply -f -', input: virtualService([-1, 2]) },
  { line: 'get vs -n bookinfo' },
  { line: 'get vs -A -o wide' },
  { line: 'get vs reviews -n bookinfo -o yaml' },
  { line: 'apply -f -', input: DEPLOYMENT },
  { line: 'apply -f -', input: DEPLOYMENT.replace('reviews:1.0.0', 'reviews:1.1.0') },
  { line: 'get deploy,svc -n bookinfo -o wide' },
  { line: 'get all -n bookinfo' },
  { line: 'label svc reviews -n bookinfo istio.io/rev=default' },
  { line: 'annotate svc reviews -n bookinfo a=b' },
  { line: 'label ns bookinfo istio-injection=enabled' },
  { line: 'get ns -L istio-injection' },
  { line: "get svc -n bookinfo -l 'app in (reviews)' --show-labels" },
  { line: 'get svc -n bookinfo --field-selector metadata.name=reviews' },
  { line: `patch svc reviews -n bookinfo -p '{"spec":{"ports":[{"port":9090,"name":"x"}]}}'` },
  { line: `patch vs reviews -n bookinfo --type merge -p '{"spec":{"gateways":["mesh"]}}'` },
  {
    line: `patch vs reviews -n bookinfo --type json -p '[{"op":"add","path":"/spec/hosts/-","value":"x.example.com"}]'`,
  },
  {
    line: `patch deploy reviews -n bookinfo --subresource=status --type merge -p '{"status":{"observedGeneration":2,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2}}'`,
  },
  { line: 'apply --server-side -f -', input: virtualService([50, 50]) },
  { line: 'apply --server-side --force-conflicts -f -', input: virtualService([50, 50]) },
  { line: 'apply --server-side --field-manager=one -f -', input: config('a') },
  { line: 'apply --server-side --field-manager=two -f -', input: config('b') },
  { line: 'apply --server-side --field-manager=two --force-conflicts -f -', input: config('b') },
  { line: 'diff -f -', input: virtualService([10, 90]) },
  { line: 'apply --dry-run=server -f -', input: virtualService([10, 90]) },
  { line: 'apply --dry-run=client -f -', input: virtualService([10, 90]) },
  { line: 'edit vs reviews -n bookinfo' },
  { line: 'replace -f -', input: virtualService([20, 80]) },
  { line: 'explain vs.spec.http' },
  { line: 'explain svc.spec.ports' },
  { line: 'rollout status deploy/reviews -n bookinfo --timeout=2s' },
  { line: 'scale deploy/reviews -n bookinfo --replicas=5' },
  { line: 'rollout restart deploy/reviews -n bookinfo' },
  { line: 'set image deploy/reviews -n bookinfo reviews=reviews:2.0.0' },
  { line: 'set env deploy/reviews -n bookinfo MODE=fast' },
  { line: 'describe svc reviews -n bookinfo' },
  { line: 'describe vs reviews -n bookinfo' },
  { line: 'auth can-i create vs -n bookinfo' },
  { line: 'auth can-i create vs -n bookinfo --as maria' },
  { line: 'auth can-i --list -n bookinfo' },
  { line: 'auth whoami', since: 28 },
  { line: 'create deployment second -n bookinfo --image=x' },
  { line: 'create cm settings -n bookinfo --from-literal=a=b' },
  { line: 'create secret generic pw -n bookinfo --from-literal=a=b' },
  { line: 'create service clusterip plain -n bookinfo --tcp=80:8080' },
  { line: 'create sa robot -n bookinfo' },
  { line: 'create token robot -n bookinfo --audience=mesh --duration=10m' },
  { line: 'create role reader -n bookinfo --verb=get,list --resource=configmaps,secrets' },
  { line: 'create rolebinding readers -n bookinfo --role=reader --serviceaccount=bookinfo:robot' },
  { line: 'create clusterrole viewer --verb=get --resource=virtualservices.networking.istio.io' },
  { line: 'create clusterrolebinding viewers --clusterrole=viewer --group=people' },
  { line: 'create job once -n bookinfo --image=x' },
  { line: "create cronjob nightly -n bookinfo --image=x '--schedule=0 3 * * *'" },
  { line: 'create ingress front -n bookinfo --rule=example.com/=plain:80' },
  { line: 'create pdb most -n bookinfo --selector=app=reviews --min-available=1' },
  { line: 'create quota small -n bookinfo --hard=configmaps=50' },
  { line: 'create priorityclass high --value=1000' },
  { line: 'run pod1 -n bookinfo --image=x' },
  { line: 'expose deploy second -n bookinfo --port=80' },
  { line: 'autoscale deploy second -n bookinfo --max=3' },
  { line: 'get pods,jobs,cronjobs,ingress,pdb,quota,hpa,sa -n bookinfo' },
  { line: 'get secret pw -n bookinfo -o yaml' },
  { line: 'apply -f -', input: widget(3) },
  { line: 'apply -f -', input: widget(11) },
  { line: 'apply -f -', input: widget(7) },
  { line: 'get wd -n bookinfo -o wide' },
  { line: 'scale wd/w -n bookinfo --replicas=4' },
  {
    line: 'get vs -n bookinfo -w',
    meanwhile: [
      `patch vs reviews -n bookinfo --type merge -p '{"spec":{"hosts":["w"]}}'`,
      'delete vs reviews -n bookinfo',
    ],
  },
  { line: 'get vs nothing -n bookinfo' },
  { line: 'create cm x -n absent --from-literal=a=b' },
  { line: 'create ns Bad_Name' },
  { line: 'delete deploy reviews -n bookinfo' },
  { line: 'delete -f -', input: DEPLOYMENT },
  { line: 'delete svc --all -n bookinfo' },
  { line: 'delete crd widgets.example.com' },
  { line: 'get wd -n bookinfo' },
  { line: 'delete ns bookinfo' },
  { line: 'get vs -A' },
  { line: 'get events' },
  { line: 'top pod' },
];
