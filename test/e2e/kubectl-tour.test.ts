/**
 * A tour with stock kubectl over its verbs, on a cluster whose containers are simulated: what it prints, and that it ends with 0.
 *
 * The rows run in order, in one namespace; each is the command and what its output must show. Verbs that stream (exec, attach, cp,
 * port-forward, debug) need real containers: `streams.test.ts`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KUBECTL } from '../kubectl-path';
import { type Cluster, command, startCluster } from './cluster';

jest.setTimeout(300_000);

type Row = readonly [line: string, shows: RegExp, manifest?: string];

const CRON_TAB = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: crontabs.stable.example.com }
spec:
  group: stable.example.com
  scope: Namespaced
  names: { plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct] }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {}, scale: { specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas } }
      additionalPrinterColumns: [{ name: Spec, type: string, jsonPath: .spec.cronSpec }]
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [cronSpec]
              properties:
                cronSpec: { type: string, description: when it runs }
                replicas: { type: integer, minimum: 1, default: 1 }
            status: { type: object, x-kubernetes-preserve-unknown-fields: true }
`;
const cronTab = (replicas: number) => `
apiVersion: stable.example.com/v1
kind: CronTab
metadata: { name: tab }
spec: { cronSpec: "* * * * *", replicas: ${replicas} }
`;
const settings = (value: string) => `
apiVersion: v1
kind: ConfigMap
metadata: { name: applied, labels: { from: file } }
data: { key: ${value} }
`;
const STATEFUL = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: busybox }] }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: agent, image: busybox }] }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny }
spec: { podSelector: {}, policyTypes: [Ingress] }
---
apiVersion: v1
kind: LimitRange
metadata: { name: limits }
spec: { limits: [{ type: Container, default: { cpu: 500m }, defaultRequest: { cpu: 10m } }] }
`;

const ROWS: readonly Row[] = [
  ['version', /Server Version: v1\.32/],
  ['cluster-info', /control plane.* is running at/],
  ['api-versions', /apps\/v1\n.*autoscaling\/v2/s],
  ['api-resources', /deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/],
  ['api-resources --api-group=rbac.authorization.k8s.io -o name', /clusterroles\.rbac\.authorization\.k8s\.io/],
  ['get --raw /readyz?verbose', /readyz check passed/],
  ['create namespace tour', /namespace\/tour created/],
  ['config set-context --current --namespace=tour', /modified/],
  ['config view --minify', /namespace: tour/],
  // create
  ['create configmap settings --from-literal=a=b', /configmap\/settings created/],
  ['create secret generic secret --from-literal=a=b', /secret\/secret created/],
  ['create secret docker-registry pull --docker-username=u --docker-password=p --docker-server=localhost', /created/],
  ['create serviceaccount robot', /serviceaccount\/robot created/],
  ['create deployment web --image=nginx:1.25 --replicas=2 --port=80', /deployment\.apps\/web created/],
  ['create job once --image=busybox -- true', /job\.batch\/once created/],
  ['create cronjob often --image=busybox --schedule=*/5_*_*_*_* -- true', /cronjob\.batch\/often created/],
  ['create job manual --from=cronjob/often', /job\.batch\/manual created/],
  ['create role reader --verb=get,list --resource=pods', /role\S*\/reader created/],
  ['create rolebinding readers --role=reader --serviceaccount=tour:robot', /rolebinding\S*\/readers created/],
  ['create clusterrole tour-nodes --verb=get --resource=nodes', /clusterrole\S*\/tour-nodes created/],
  [
    'create clusterrolebinding tour-nodes --clusterrole=tour-nodes --user=ann',
    /clusterrolebinding\S*\/tour-nodes created/,
  ],
  ['create quota quota --hard=pods=20,count/configmaps=10', /resourcequota\/quota created/],
  ['create poddisruptionbudget web --selector=app=web --min-available=1', /poddisruptionbudget\S*\/web created/],
  ['create priorityclass tour-high --value=10', /priorityclass\S*\/tour-high created/],
  ['create ingress web --rule=example.com/=web:80', /ingress\S*\/web created/],
  ['create service clusterip plain --tcp=80:80', /service\/plain created/],
  ['create service nodeport outside --tcp=80:80', /service\/outside created/],
  ['create service externalname far --external-name=example.com', /service\/far created/],
  ['create token robot --duration=10m', /^eyJ/],
  ['run tool --image=busybox --restart=Never --labels=app=tool -- sleep 1000', /pod\/tool created/],
  ['expose deployment web --port=80', /service\/web exposed/],
  ['apply -f -', /statefulset\.apps\/db created[\s\S]*limitrange\/limits created/, STATEFUL],
  // change
  ['autoscale deployment web --min=1 --max=3 --cpu-percent=50', /horizontalpodautoscaler\S*\/web autoscaled/],
  ['rollout status deployment/web --timeout=60s', /successfully rolled out/],
  ['set image deployment/web nginx=nginx:1.26', /image updated/],
  ['set env deployment/web COLOUR=blue', /env updated/],
  ['set env deployment/web --list', /COLOUR=blue/],
  ['set resources deployment/web --limits=cpu=100m', /resource requirements updated/],
  ['set serviceaccount deployment/web robot', /serviceaccount updated/],
  ['set selector service plain x=y', /selector updated/],
  ['set subject rolebinding readers --user=bob', /subjects updated/],
  ['rollout status deployment/web --timeout=60s', /successfully rolled out/],
  ['rollout history deployment/web', /REVISION\s+CHANGE-CAUSE\n1/],
  ['rollout pause deployment/web', /paused/],
  ['rollout resume deployment/web', /resumed/],
  ['rollout undo deployment/web', /rolled back/],
  ['rollout restart deployment/web', /restarted/],
  ['rollout status deployment/web --timeout=60s', /successfully rolled out/],
  ['scale deployment web --replicas=3 --current-replicas=2', /scaled/],
  ['label pod tool colour=green', /labeled/],
  ['label pod tool colour=blue --overwrite', /labeled/],
  ['annotate pod tool note=x', /annotated/],
  ['patch deployment web -p {"spec":{"replicas":1}}', /patched/],
  ['patch deployment web --type=json -p [{"op":"replace","path":"/spec/replicas","value":2}]', /patched/],
  ['patch deployment web --subresource=scale --type=merge -p {"spec":{"replicas":1}}', /scaled|patched/],
  // apply and its relatives
  ['apply -f -', /configmap\/applied created/, settings('one')],
  ['diff -f - --field-manager=tour', /\+ {2}key: two/, settings('two')],
  ['apply -f -', /configmap\/applied configured/, settings('two')],
  ['apply -f -', /configmap\/applied unchanged/, settings('two')],
  ['apply view-last-applied configmap/applied', /key: two/],
  ['apply --server-side --force-conflicts -f -', /serverside-applied/, settings('three')],
  ['replace -f -', /configmap\/applied replaced/, settings('four')],
  ['replace --force -f -', /configmap\/applied (deleted|replaced)/, settings('five')],
  ['apply --dry-run=server -f -', /configured \(server dry run\)/, settings('six')],
  ['get configmap applied -o jsonpath={.data.key}', /^five$/],
  ['get configmap applied --show-managed-fields -o yaml', /managedFields/],
  // custom kinds
  ['apply -f -', /customresourcedefinition\S*\/crontabs\.stable\.example\.com created/, CRON_TAB],
  ['wait --for=condition=established crd/crontabs.stable.example.com --timeout=10s', /condition met/],
  ['apply -f -', /crontab\S*\/tab created/, cronTab(2)],
  ['get ct', /NAME\s+SPEC\ntab\s+\* \* \* \* \*/],
  ['scale crontab tab --replicas=5', /scaled/],
  ['explain crontab.spec', /cronSpec.*-required-[\s\S]*when it runs/],
  // look
  ['get all', /pod\/tool[\s\S]*service\/web[\s\S]*deployment\.apps\/web/],
  ['get pods -o wide', /NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+IP\s+NODE/],
  ['get pods --sort-by=.metadata.name -o custom-columns=N:.metadata.name,S:.status.phase', /tool\s+Running/],
  ['get pods -l app=tool -o go-template={{range_.items}}{{.metadata.name}}{{end}}', /^tool$/],
  ['get pods --field-selector=status.phase=Running --show-labels', /colour=blue/],
  ['get hpa,ingress,pdb,quota,cronjobs,jobs,sa,role,rolebinding', /horizontalpodautoscaler[\s\S]*rolebinding/],
  ['get sts,ds,pvc,netpol,limits', /statefulset\.apps\/db[\s\S]*limitrange\/limits/],
  ['get storageclass,priorityclass,crd,csr,pv', /tour-high/],
  ['get deployment web --output-watch-events=false -o name', /^deployment\.apps\/web$/m],
  ['describe pod tool', /Status:\s+Running[\s\S]*Scheduled/],
  ['describe deployment web', /Replicas:\s+1 desired[\s\S]*ScalingReplicaSet/],
  ['describe node node1', /Allocatable:[\s\S]*Allocated resources:/],
  ['describe service web', /Endpoints:\s+10\./],
  ['describe ingress web', /example\.com[\s\S]*web:80/],
  ['describe hpa web', /Reference:\s+Deployment\/web/],
  ['describe quota quota', /pods\s+\d+\s+20/],
  ['describe limitrange limits', /Container\s+cpu/],
  ['describe cronjob often', /Schedule:\s+\*\/5/],
  ['describe secret secret', /a:\s+1 bytes/],
  ['describe role reader', /pods\s+\[\]\s+\[\]\s+\[get list\]/],
  ['describe namespace tour', /Resource Quotas?/],
  ['events --for=pod/tool', /Scheduled/],
  ['logs tool --tail=1', /(?:)/],
  ['explain pod.spec.containers.resources', /limits/],
  ['explain hpa --api-version=autoscaling/v2', /VERSION:\s+v2/],
  ['wait --for=condition=Available deployment/web --timeout=30s', /condition met/],
  ['wait --for=jsonpath={.status.phase}=Running pod/tool --timeout=30s', /condition met/],
  // rights
  ['auth whoami', /Username/],
  ['auth can-i create deployments', /^yes$/m],
  ['auth can-i list pods --as=system:serviceaccount:tour:nobody', /^no/m],
  ['auth can-i --list --as=bob', /pods/],
  [
    'auth reconcile -f -',
    /reconciled/,
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: reader, namespace: tour }\nrules: [{ apiGroups: [""], resources: [pods], verbs: [get, list, watch] }]\n',
  ],
  // nodes
  ['cordon node1', /cordoned/],
  ['uncordon node1', /uncordoned/],
  ['taint node node1 tour=yes:NoSchedule', /tainted/],
  ['taint node node1 tour-', /untainted/],
  ['drain node1 --ignore-daemonsets --force --delete-emptydir-data --timeout=60s', /drained/],
  ['uncordon node1', /uncordoned/],
  // the end
  ['delete configmap settings --dry-run=server', /deleted \(server dry run\)/],
  ['delete pod -l app=tool --ignore-not-found', /(?:)/],
  ['delete deployment web --cascade=foreground --timeout=60s', /deleted/],
  ['delete crd crontabs.stable.example.com', /deleted/],
  ['delete clusterrole,clusterrolebinding tour-nodes', /clusterrolebinding\S* "tour-nodes" deleted/],
  ['delete priorityclass tour-high', /deleted/],
  ['delete namespace tour --timeout=60s', /deleted/],
];

/** Words of a line; `_` stands for a blank inside a word. */
const wordsOf = (line: string) => line.split(' ').map((word) => word.replaceAll('_', ' '));

describe('stock kubectl', () => {
  let cluster: Cluster;
  const skipped = KUBECTL ? undefined : 'no kubectl on PATH';

  beforeAll(async () => {
    if (skipped) console.warn(`skipped: ${skipped}`);
    else cluster = await startCluster({ args: ['--runtime', 'simulated'] });
  });
  afterAll(() => cluster?.stop());

  const rows = ROWS.map(([line, shows, manifest]) => ({ line, shows, manifest }));
  test.each(rows)('kubectl $line', async ({ line, shows, manifest }) => {
    if (skipped) return;
    const { code, stdout, stderr } = await cluster.tryKubectl(wordsOf(line), manifest);
    // A difference, and a no, are answers too.
    const expected = line.startsWith('diff') || line.includes(':nobody') ? 1 : 0;
    expect(code === expected ? '' : `exit code ${code}: ${stderr}${stdout}`).toBe('');
    expect(stdout).toMatch(shows);
  });

  test('kubectl edit changes what the editor changed', async () => {
    if (skipped) return;
    const folder = mkdtempSync(join(tmpdir(), 'minik8s-edit-'));
    try {
      const editor = join(folder, 'editor.sh');
      writeFileSync(editor, '#!/bin/sh\nsed -i s/before/after/ "$1"\n', { mode: 0o755 });
      await cluster.kubectl('create', 'configmap', 'edited', '-n', 'default', '--from-literal=key=before');
      const env = { ...cluster.env, KUBE_EDITOR: editor };
      const { stdout } = await command(KUBECTL ?? 'kubectl', ['edit', 'configmap', 'edited', '-n', 'default'], { env });
      expect(stdout).toContain('configmap/edited edited');
      expect(await cluster.kubectl('get', 'configmap', 'edited', '-n', 'default', '-o', 'jsonpath={.data.key}')).toBe(
        'after',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
