/**
 * Our kubectl beside the stock one: the same command line on the same server in the same state, and the same text must come out.
 *
 * Every line of the table is run twice, each time in a namespace of its own that was prepared alike. Ages and the names of the two
 * namespaces are what may differ. Lines of a group come one after the other; the two sides and the groups know nothing of each other
 * (a kubeconfig and a node each), so they run side by side. Skipped where there is no stock kubectl.
 * https://kubernetes.io/docs/reference/kubectl/
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exitCodeOf, explainFailure } from '../../userland/kubectl/command-error';
import { type Connection, type ConnectionFlags, openConnection } from '../../userland/kubectl/connection';
import { runWords } from '../../userland/kubectl/program';
import { splitLine } from '../../userland/kubectl/repl/split-line';
import type { Shell } from '../../userland/kubectl/shell';
import { KUBECTL } from '../kubectl-path';
import { WEB_YAML } from './objects';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(240_000);

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

const CHANGED = WEB_YAML.replace('replicas: 2', 'replicas: 3');
const CRON = `apiVersion: batch/v1
kind: CronJob
metadata: {name: often}
spec: {schedule: "@hourly", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}}}
`;
const BASE = `resources: [web.yaml]
configMapGenerator: [{name: made, literals: [a=1]}]
`;
const OVER = `resources: [../base]
namePrefix: over-
labels: [{pairs: {layer: over}, includeSelectors: true}]
images: [{name: nginx, newTag: "1.27"}]
patches: [{target: {kind: Deployment}, patch: '[{"op": "replace", "path": "/spec/replicas", "value": 4}]'}]
`;
const POD = `apiVersion: v1
kind: Pod
metadata: {name: one, labels: {app: one, tier: front}}
spec: {containers: [{name: c, image: busybox}]}
`;

/** One object of each kind that has a description of its own, with what a description must not lose. */
const DESCRIBED = readFileSync(join(__dirname, 'described.yaml'), 'utf8');

const FILES = {
  'web.yaml': WEB_YAML,
  'changed.yaml': CHANGED,
  'pod.yaml': POD,
  'cron.yaml': CRON,
  'described.yaml': DESCRIBED,
  'layers/base/kustomization.yaml': BASE,
  'layers/base/web.yaml': WEB_YAML,
  'layers/over/kustomization.yaml': OVER,
};

/** Changes values the groups know. */
const EDITOR = `#!/bin/sh
sed -i 's/a: b$/a: edited/; s/"a": "b"/"a": "edited"/; s/tier: front/tier: back/' "$1"
`;

/** Groups of lines; those of a group build on each other. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'get and its formats': [
    'get deploy',
    'get deploy,pods',
    'get pod one -o name',
    'get pods -o wide',
    'get pods --show-labels',
    'get pods -L app,tier',
    'get pods -l app=one -o jsonpath={.items[*].metadata.name}',
    'get pods --field-selector metadata.name=one --no-headers',
    'get cm settings -o jsonpath={.data.a}',
    'get cm settings -o custom-columns=NAME:.metadata.name,A:.data.a',
    'get cm --sort-by=.metadata.name -o name',
    'get pod missing',
    'get nonsense',
    'get pods -l app=nobody',
    'get pods --show-kind',
    'get deploy --show-kind --no-headers',
    'get deploy,pods --server-print=false',
    'get pods --request-timeout=20s',
  ],
  'labels, annotations and patches': [
    'label pod one color=red',
    'label pod one color=blue',
    'label pod one color=blue --overwrite',
    'label pod one color=green --overwrite --resource-version=1',
    'label pods one two color=green --resource-version=1',
    'annotate pod one color=green --resource-version=1',
    'label pod one color-',
    'label pod one color-',
    'annotate pod one note=hello',
    'annotate pod one note=world',
    'annotate pod one note-',
    'patch cm settings -p {"data":{"c":"d"}}',
    'patch cm settings -p {"data":{"c":"d"}}',
    'patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":4}]',
    'patch deploy web --type=merge -p {"spec":{"replicas":1}}',
    'patch deploy web --type=nonsense -p {}',
    'patch cm missing -p {}',
  ],
  workloads: [
    'scale deploy web --replicas=5',
    'scale deploy web --replicas=6 --current-replicas=1',
    'set image deploy/web web=nginx:1.27',
    'set image deploy/web nobody=nginx',
    'set env deploy/web B=2 A-',
    'set env deploy/web --list',
    'set resources deploy/web --limits=cpu=200m,memory=128Mi',
    'set serviceaccount deploy/web default',
    'expose deploy web --port=80',
    'rollout pause deploy/web',
    'rollout resume deploy/web -o name',
    'rollout restart deploy/web',
    'expose deploy web --name=sticky --port=80 --labels=a=b --session-affinity=ClientIP -o name',
  ],
  files: [
    'apply -f web.yaml',
    'apply -f changed.yaml',
    'apply -f changed.yaml --dry-run=server',
    'apply -f changed.yaml --dry-run=client',
    'diff -f changed.yaml',
    'replace -f pod.yaml',
    'replace -f changed.yaml',
    'create -f pod.yaml',
    'create -f missing.yaml',
    'delete -f pod.yaml --wait=false --grace-period=0 --force',
    'delete -f pod.yaml',
    'delete -f pod.yaml --ignore-not-found',
  ],
  editing: [
    'edit cm settings --output-patch',
    'edit cm settings',
    'patch cm settings -p {"data":{"a":"b"}}',
    'edit cm settings -o json',
    'get cm settings -o jsonpath={.data}',
    'edit cm missing',
    'apply edit-last-applied pod one',
    'apply view-last-applied pod one',
  ],
  creates: [
    'create cm two --from-literal=x=y',
    'create secret generic s --from-literal=x=y',
    'create deployment d --image=nginx --replicas=2',
    'create ns twice-made --dry-run=client',
    'create sa robot',
    'run busy --image=busybox --restart=Never --dry-run=client -o name',
    'create cm two --from-literal=x=y',
  ],
  'creates of rights and policies': [
    'create role reader --verb=get,list --resource=pods,deployments.apps --dry-run=server -o jsonpath={.rules}',
    'create rolebinding mine --role=reader --user=me --dry-run=server -o jsonpath={.subjects}{.roleRef}',
    'create quota q --hard=pods=3,cpu=1 --dry-run=server -o jsonpath={.spec}',
    'create ingress i --rule=lab.example/a*=web:80 --dry-run=server -o jsonpath={.spec}',
    'create job once --image=busybox --dry-run=server -o name',
    'create cronjob often --image=busybox --schedule=@hourly --dry-run=server -o jsonpath={.spec.jobTemplate.spec}',
    'create pdb p --selector=app=web --min-available=1 --dry-run=server -o jsonpath={.spec}',
    'create secret docker-registry r --docker-username=u --docker-password=p --dry-run=server -o jsonpath={.data}',
    'create token nobody',
  ],
  'what was applied': [
    'apply -f web.yaml -l app=web',
    'apply view-last-applied deploy/web',
    'apply view-last-applied cm settings',
    'apply -f pod.yaml --prune',
    'apply -f pod.yaml --prune --all --prune-allowlist=apps/v1/Deployment',
    'get deploy',
    'create -f cron.yaml',
    'create job once --from=cronjob/often',
    'create job once',
    'kustomize layers/over',
    'apply -k layers/over',
    'delete -k layers/over',
  ],
  'fields and waiting': [
    'label pod one --list',
    'label pod one a=b=c',
    'label pod one color=red --dry-run=client -o name',
    'set image deploy/web web=x --dry-run=client -o name',
    'set selector deploy/web a=b',
    'set subject clusterrolebinding cluster-admin --user=x --dry-run=client',
    'set nonsense',
    'wait --for=create pod/one',
    'wait --for=jsonpath=.status.phase=Pending pod/one',
    'wait --for=condition=Ready pod',
    'wait pod/one',
    'get --raw /healthz',
    'get pods --field-selector=nope=1',
    'debug one --image=tools -c tools --profile=general',
    'debug one --copy-to=two --image=tools --profile=restricted -c tools',
    'get pod two -o jsonpath={.spec.containers[1].securityContext}{.spec.shareProcessNamespace}{.metadata.labels}',
    'debug one --image=tools --profile=nonsense',
    'port-forward one',
    'port-forward one 80',
    'port-forward missing 80',
    'run x --image=a --rm',
    'run x --image=a -t',
    'attach missing',
    'exec one ls',
  ],
  descriptions: [
    'apply -f described.yaml -o name',
    'describe ingress,service,endpoints,endpointslice,networkpolicy',
    'describe pod,deploy,rs,rc,statefulset,daemonset,job,cronjob,hpa',
    'describe pvc,pdb,quota,limitrange,role,rolebinding,serviceaccount,cm,secret,lease',
    'describe pv/volume-b sc/fast priorityclass/middle clusterrole/view ns/NAMESPACE apiservice/v1.apps',
    'describe ingressclass',
    'rollout restart ds/ds sts/sts',
    'rollout pause ds/ds',
    'rollout history ds/ds',
    'rollout history svc/web',
    'rollout status sts/sts --watch=false',
    'rollout status ds/ds --watch=false',
  ],
  deletes: [
    'delete cm settings',
    'delete cm settings',
    'delete deploy --all',
    'delete pods -l app=nobody',
    'delete pod one --grace-period=0 --force --wait=false',
  ],
  nodes: [
    'cordon NODE',
    'cordon NODE',
    'uncordon NODE',
    'taint nodes NODE key=value:NoSchedule',
    'taint nodes NODE key=other:NoSchedule',
    'taint nodes NODE key=other:NoSchedule --overwrite',
    'taint nodes NODE key:NoSchedule-',
    'taint nodes NODE key:NoSchedule-',
    'taint nodes NODE key=value:Nonsense',
    'drain NODE',
    'drain NODE --dry-run=client',
    'drain nowhere',
    'top pods',
    'top pods -n kube-public',
    'top pods -l app=none',
    'top nodes',
  ],
  'rights and reviews': [
    'auth can-i create pods',
    'auth can-i create pods --as nobody',
    'auth can-i get nodes',
    'auth can-i get /healthz',
    'auth whoami',
    'auth whoami --as nobody --as-group some',
    'autoscale deploy web --min=2 --max=5 --cpu-percent=80',
    'autoscale deploy web --max=0',
    'events',
    'wait --for=delete pod/missing',
    'wait --for=condition=Available deploy/web --timeout=1s',
    'explain pod.spec.nodeName',
    'explain cronjob.spec --recursive',
    'explain pod.metadata',
    'explain pod.spec.nowhere',
    'explain nonsense',
    'api-versions',
    'certificate approve missing',
  ],
  'the kubeconfig': [
    'config current-context',
    'config get-contexts -o name',
    'config get-clusters',
    'config get-users',
    'config use-context nowhere',
    'config set-context other --cluster=minik8s --namespace=lab',
    'config get-contexts other',
    'config delete-context other',
    'config set clusters.far.server https://1.2.3.4',
    'config set users.far.token abc',
    'config get-users',
    'config unset users.far',
    'config get-users',
    'config delete-cluster far',
    'config get-clusters',
  ],
};

/** One side: which kubectl, in which namespace. */
interface Side {
  readonly name: 'stock' | 'own12';
  run(words: readonly string[], namespace: string): Promise<Ran>;
}

/** Groups under way at a time; more would wait for processors. */
const GROUPS_AT_ONCE = 3;

const describeIfKubectl = KUBECTL ? describe : describe.skip;

describeIfKubectl('kubectl prints what the stock one prints', () => {
  let server: TestServer;
  let folder: string;
  let editor: string;
  let admin: string;
  const connections: Connection[] = [];
  const outcomes = new Map<string, Promise<readonly [theirs: string, ours: string]>>();

  beforeAll(async () => {
    server = await startTestServer();
    folder = mkdtempSync(join(tmpdir(), 'minik8s-parity-'));
    editor = join(folder, 'editor');
    writeFileSync(editor, EDITOR, { mode: 0o700 });
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    admin = readFileSync(join(server.settings.home, 'admin.kubeconfig'), 'utf8').replace(
      /https:\/\/[^"]+/,
      `https://127.0.0.1:${server.port}`,
    );
    runGroups();
  });
  afterAll(async () => {
    for (const { client } of connections) client.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** `config` changes namespaces itself. */
  const withPlace = (words: readonly string[], namespace: string) => [
    ...words.map((word) => word.replace(/^NODE$/, `node-${namespace}`).replace('NAMESPACE', namespace)),
    '--kubeconfig',
    join(folder, `config-${namespace}`),
    ...(words[0] === 'config' ? [] : ['-n', namespace]),
  ];

  function stock(words: readonly string[], namespace: string): Promise<Ran> {
    const all = withPlace(words, namespace);
    return new Promise((resolve) =>
      execFile(
        KUBECTL ?? 'kubectl',
        all,
        { cwd: folder, env: { ...process.env, HOME: folder, KUBE_EDITOR: editor } },
        (error, out, err) => resolve({ out, err, code: typeof error?.code === 'number' ? error.code : error ? 1 : 0 }),
      ),
    );
  }

  async function ours(words: readonly string[], namespace: string): Promise<Ran> {
    let [out, err] = ['', ''];
    const output = {
      out(text: string) {
        out += text;
      },
      err(text: string) {
        err += text;
      },
    };
    const settings = { ...server.settings, projectRoot: folder };
    const env = { PATH: process.env['PATH'], KUBE_EDITOR: editor };
    const connect = (flags: ConnectionFlags) => {
      const onWarning = (text: string) => output.err(`Warning: ${text}\n`);
      const connection = openConnection(flags, { settings, env, onWarning });
      connections.push(connection);
      return connection;
    };
    const shell: Shell = {
      settings,
      output,
      env,
      workingDirectory: folder,
      isPrompt: false,
      signal: new AbortController().signal,
      readStdin: () => Promise.resolve(''),
      connect,
      lendTerminal: (work) => work(),
    };
    try {
      await runWords(withPlace(words, namespace), shell);
      return { out, err, code: 0 };
    } catch (error) {
      return { out, err: err + explainFailure(error), code: exitCodeOf(error) };
    }
  }

  /** Text without what has to differ. */
  const neutral = (text: string, namespace: string) =>
    text
      .replaceAll(namespace, 'NAMESPACE')
      .replaceAll(folder, 'FOLDER')
      // What Go writes for a time that is not set.
      .replaceAll('"creationTimestamp":null', '')
      .replace(/FOLDER\/config-\w+/g, 'CONFIG')
      .replace(/\b(\d+(ms|[smh]))+\b(?=\s|$)/gm, 'AGE')
      .replace(/\/tmp\/\S*\/(LIVE|MERGED)\S*?\/(\S+)/g, '$1/$2')
      .replace(/\/tmp\/(LIVE|MERGED)-\d+/g, '$1')
      .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z| [+-]\d{4})/g, 'TIME')
      .replace(/\w{3}, \d\d \w{3} \d{4} [\d:]{8} [+]0000/g, 'TIME')
      .replace(/\b10[.](9[6-9]|1[01]\d)[.]\d+[.]\d+/g, 'CLUSTER-IP')
      .replace(/\b3[0-2]\d{3}(?=\/(TCP|UDP))/g, 'NODE-PORT')
      .replace(/kube-api-access-\w{5}/g, 'kube-api-access')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
      .replace(/"?resourceVersion"?: "\d+"/g, 'resourceVersion')
      .replace(/[ \t]+$/gm, '')
      .replace(/AGE +/g, 'AGE ');

  /** What is there before the lines of a group: a node, a namespace with an account and a ConfigMap, what `apply` made. */
  async function prepare(namespace: string): Promise<void> {
    // `config` changes its file: each has one of its own.
    writeFileSync(join(folder, `config-${namespace}`), admin);
    const core = `/api/v1/namespaces/${namespace}`;
    for (const [path, object] of [
      ['/api/v1/nodes', { metadata: { name: `node-${namespace}`, labels: { a: 'b' } } }],
      ['/api/v1/namespaces', { metadata: { name: namespace } }],
      [`${core}/serviceaccounts`, { metadata: { name: 'default' } }],
      [`${core}/configmaps`, { metadata: { name: 'settings' }, data: { a: 'b' } }],
    ] as const) {
      expect((await server.send('POST', path, object)).code).toBe(201);
    }
    const applied = await stock(splitLine('apply -f web.yaml -f pod.yaml'), namespace);
    expect(applied).toMatchObject({ err: '', code: 0 });
  }

  /** The stock one walks a Go map here, in another order each time. */
  const UNORDERED = new Set(['label pod one --list']);
  const ordered = (line: string, text: string) => (UNORDERED.has(line) ? text.split('\n').sort().join('\n') : text);

  /** A side's way through a group: each line, its exit code, and what it printed. */
  async function record({ name, run }: Side, group: number, lines: readonly string[]): Promise<string> {
    const namespace = `${name}-${group}`;
    await prepare(namespace);
    let told = '';
    for (const line of lines) {
      // The braces of JSON are words as they stand.
      const { out, err, code } = await run(line.split(' '), namespace);
      told += `$ ${line} -> ${code}\n${ordered(line, neutral(out, namespace))}${neutral(err, namespace)}\n`;
    }
    return told;
  }

  function runGroups(): void {
    const sides: readonly Side[] = [
      { name: 'stock', run: stock },
      { name: 'own12', run: ours },
    ];
    const underWay: Promise<unknown>[] = [];
    for (const [group, [title, lines]] of Object.entries(GROUPS).entries()) {
      const before = underWay[group - GROUPS_AT_ONCE];
      const outcome = (async () => {
        await before;
        const [theirs = '', own = ''] = await Promise.all(sides.map((side) => record(side, group, lines)));
        return [theirs, own] as const;
      })();
      // The test of the group tells of it; the next group goes on.
      underWay.push(outcome.catch(() => {}));
      outcomes.set(title, outcome);
    }
  }

  test.each(Object.keys(GROUPS))('%s', async (group) => {
    const [expected, actual] = (await outcomes.get(group)) ?? [];
    expect(expected).toContain('$ ');
    expect(actual).toBe(expected);
  });
});
