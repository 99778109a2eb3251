/**
 * The promise of the README, seen from outside: `./run.sh` on an empty home, then stock kubectl.
 */

import { IDLE_POD, sampleDeployment } from '../sample-deployment';
import { type Cluster, clusterFacts, command, eventually, httpGet, isRoutedHere } from './cluster';
import { oneCluster } from './one-cluster';

jest.setTimeout(180_000);

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
  readonly status: {
    readonly phase: string;
    readonly podIP: string;
    readonly qosClass: string;
    readonly containerStatuses: readonly {
      readonly name: string;
      readonly restartCount: number;
      readonly containerID: string;
      readonly state: Readonly<
        Record<string, { readonly reason?: string; readonly message?: string; readonly exitCode?: number }>
      >;
      readonly lastState: Readonly<Record<string, { readonly exitCode?: number; readonly reason?: string }>>;
    }[];
  };
}

describe('./run.sh on an empty home', () => {
  let cluster: Cluster;
  const scenario = oneCluster({ quickStart: true }, (started) => {
    cluster = started;
  });

  const pods = async (selector: string): Promise<Pod[]> =>
    (JSON.parse(await cluster.kubectl('get', 'pods', '-l', selector, '-o', 'json')) as { items: Pod[] }).items;
  const pod = async (name: string): Promise<Pod> =>
    JSON.parse(await cluster.kubectl('get', 'pod', name, '-o', 'json')) as Pod;
  const address = async (service: string) =>
    (await cluster.kubectl('get', 'service', service, '-o', 'jsonpath={.spec.clusterIP}')).trim();

  scenario('ends with the application answering and says how to go on', async () => {
    expect(cluster.output).toMatch(/answer\s+[\d.]+ s\s+http:\/\/10\.\S+ says "hello from hello-/);
    expect(cluster.output).toContain(`export KUBECONFIG=${cluster.home}/admin.kubeconfig`);
  });

  scenario('is idempotent: a second run changes nothing and answers again', async () => {
    const before = (await cluster.run('ps')).stdout;
    const again = await cluster.run();
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('components are running already');
    const withoutMemory = (text: string) => text.replace(/\d+Mi/g, '');
    expect(withoutMemory((await cluster.run('ps')).stdout)).toBe(withoutMemory(before));
  });

  scenario('lists in Kubernetes’ columns', async () => {
    const nodes = await cluster.kubectl('get', 'nodes');
    expect(nodes).toMatch(/^NAME\s+STATUS\s+ROLES\s+AGE\s+VERSION\nnode1\s+Ready\s+control-plane\s+\S+\s+v1\.32\.\d/);
    const wide = await cluster.kubectl('get', 'pods', '-o', 'wide');
    expect(wide).toMatch(/^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+IP\s+NODE\s+NOMINATED NODE\s+READINESS GATES\n/);
    expect(wide).toMatch(/hello-\S+\s+1\/1\s+Running\s+0\s+\S+\s+10\.\S+\s+node1\s+<none>\s+<none>/);
    expect(await cluster.kubectl('get', 'deploy,rs,svc,ep,endpointslices')).toContain('deployment.apps/hello');
  });

  scenario('describes with events', async () => {
    const text = await cluster.kubectl('describe', 'pods', '-l', 'app=hello');
    for (const reason of ['Scheduled', 'Created', 'Started']) expect(text).toContain(reason);
    expect(await cluster.kubectl('describe', 'deployment', 'hello')).toContain('ScalingReplicaSet');
    expect(await cluster.kubectl('describe', 'node', 'node1')).toContain('Allocatable:');
  });

  scenario('spreads requests over both pods and answers from inside them, their own Service included', async () => {
    const ip = await address('hello');
    expect(await isRoutedHere(cluster, ip)).toBe(true);
    const answers = new Set<string>();
    for (let i = 0; i < 40; i += 1) answers.add(await httpGet(`http://${ip}/`));
    expect(answers.size).toBe(2);
    for (const { metadata } of await pods('app=hello')) {
      for (let i = 0; i < 4; i += 1) {
        expect(await cluster.kubectl('exec', metadata.name, '--', 'wget', '-q', '-O', '-', `http://${ip}/`)).toContain(
          'hello from',
        );
      }
    }
  });

  scenario('execs with exit code, standard input and several streams', async () => {
    const [first] = await pods('app=hello');
    const name = first?.metadata.name ?? '';
    const failing = await cluster.tryKubectl(['exec', name, '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(failing).toMatchObject({ code: 7, stdout: 'out\n' });
    expect(failing.stderr).toContain('err');
    expect((await cluster.tryKubectl(['exec', '-i', name, '--', 'wc', '-c'], 'twelve bytes')).stdout.trim()).toBe('12');
  });

  scenario('scales up and down', async () => {
    await cluster.kubectl('scale', 'deployment', 'hello', '--replicas=4');
    await cluster.kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s');
    expect(await pods('app=hello')).toHaveLength(4);
    await cluster.kubectl('scale', 'deployment', 'hello', '--replicas=2');
    await eventually(async () => (await pods('app=hello')).length === 2);
  });

  scenario('rolls out a change, shows its history and takes it back', async () => {
    await cluster.kubectl('set', 'env', 'deployment/hello', 'COLOR=blue');
    await cluster.kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s');
    expect(await cluster.kubectl('rollout', 'history', 'deployment/hello')).toMatch(/1\s+<none>\n2\s+<none>/);
    await cluster.kubectl('rollout', 'undo', 'deployment/hello');
    await cluster.kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s');
    expect(await cluster.kubectl('get', 'deployment', 'hello', '-o', 'yaml')).not.toContain('COLOR');
  });

  scenario('runs a pod of three containers: localhost, shared volume, limits, env, configMap and secret', async () => {
    await cluster.apply(`
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hi, file.txt: from the map}
---
apiVersion: v1
kind: Secret
metadata: {name: password}
stringData: {word: sesame}
---
apiVersion: v1
kind: Pod
metadata: {name: three, labels: {app: three}}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
    - {name: prepare, image: "minik8s/base:1", command: [sh, -c, "echo prepared > /shared/index.html"], volumeMounts: [{name: shared, mountPath: /shared}]}
  containers:
    - name: web
      image: minik8s/base:1
      command: [httpd, -f, -p, "8080", -h, /shared]
      ports: [{containerPort: 8080}]
      volumeMounts: [{name: shared, mountPath: /shared}]
      resources: {limits: {cpu: 500m, memory: 64Mi}}
    - name: second
      image: minik8s/base:1
      command: [httpd, -f, -p, "8081", -h, /config]
      volumeMounts: [{name: config, mountPath: /config}]
    - name: side
      image: minik8s/base:1
      command: [sleep, "3600"]
      env:
        - {name: GREETING, valueFrom: {configMapKeyRef: {name: settings, key: greeting}}}
        - {name: WORD, valueFrom: {secretKeyRef: {name: password, key: word}}}
        - {name: MY_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: BOTH, value: "$(GREETING)-$(WORD)"}
      volumeMounts: [{name: shared, mountPath: /shared}]
  volumes:
    - {name: shared, emptyDir: {}}
    - {name: config, configMap: {name: settings}}
`);
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/three', '--timeout=60s');
    const inside = (...args: string[]) => cluster.kubectl('exec', 'three', '-c', 'side', '--', ...args);
    expect(await inside('wget', '-q', '-O', '-', 'http://localhost:8080/')).toBe('prepared\n');
    expect(await inside('wget', '-q', '-O', '-', 'http://localhost:8081/file.txt')).toBe('from the map');
    expect((await inside('sh', '-c', 'echo $BOTH $MY_IP')).trim()).toBe(
      `hi-sesame ${(await pod('three')).status.podIP}`,
    );
    expect(await inside('cat', '/var/run/secrets/kubernetes.io/serviceaccount/namespace')).toBe('default');
    const web = (await pod('three')).status.containerStatuses.find((status) => status.name === 'web');
    const { stdout } = await command('docker', [
      'inspect',
      '-f',
      '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}}',
      web?.containerID.replace('docker://', '') ?? '',
    ]);
    expect(stdout).toContain(String(64 * 1024 * 1024));
    expect(stdout).toMatch(/500000000|50000/);
  });

  scenario('restarts a crashing container with back-off and keeps its last words', async () => {
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: c, image: "minik8s/base:1", command: [sh, -c, "echo attempt; exit 3"]}]
`);
    const crashed = await eventually(async () => {
      const [status] = (await pod('crash')).status.containerStatuses;
      return status && status.restartCount >= 1 && status.state['waiting']?.reason === 'CrashLoopBackOff'
        ? status
        : undefined;
    });
    expect(crashed.lastState['terminated']?.exitCode).toBe(3);
    expect(await cluster.kubectl('logs', 'crash', '--previous')).toContain('attempt');
    expect(await cluster.kubectl('get', 'pod', 'crash')).toMatch(/CrashLoopBackOff\s+[1-9]/);
    await cluster.kubectl('delete', 'pod', 'crash');
  });

  scenario('says why an image cannot be had and why a command cannot run', async () => {
    await cluster.kubectl('run', 'no-image', '--image=localhost:1/nothing/here:v1', '--restart=Never');
    await cluster.kubectl(
      'run',
      'no-command',
      '--image=minik8s/base:1',
      '--image-pull-policy=IfNotPresent',
      '--',
      '/no/such/program',
    );
    const reasonOf = async (name: string) => (await pod(name)).status.containerStatuses[0]?.state['waiting'];
    const pull = await eventually(async () => {
      const waiting = await reasonOf('no-image');
      return waiting?.reason && /^(ErrImagePull|ImagePullBackOff)$/.test(waiting.reason) ? waiting : undefined;
    });
    expect(pull.message).toContain('localhost:1/nothing/here:v1');
    await eventually(async () => {
      const status = (await pod('no-command')).status.containerStatuses[0];
      const reasons = [status?.state['waiting']?.reason, status?.lastState['terminated']?.reason];
      return reasons.some((reason) =>
        /^(RunContainerError|CreateContainerError|StartError|CrashLoopBackOff)$/.test(reason ?? ''),
      );
    });
    expect(await cluster.kubectl('describe', 'pod', 'no-command')).toContain('no such file or directory');
    await cluster.kubectl('delete', 'pod', 'no-image', 'no-command', '--grace-period=1');
  });

  scenario('follows logs and answers on a node port', async () => {
    await cluster.kubectl('expose', 'deployment', 'hello', '--name=hello-np', '--type=NodePort', '--port=80');
    const port = await cluster.kubectl('get', 'service', 'hello-np', '-o', 'jsonpath={.spec.ports[0].nodePort}');
    expect(await eventually(() => httpGet(`http://127.0.0.1:${port}/`))).toContain('hello from');
    await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: counter}
spec:
  restartPolicy: Never
  containers: [{name: c, image: "minik8s/base:1", command: [sh, -c, "for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done"]}]
`);
    await eventually(async () => (await pod('counter')).status.phase === 'Succeeded');
    expect(await cluster.kubectl('logs', 'counter', '--tail=2')).toBe('line 4\nline 5\n');
    expect(await cluster.kubectl('logs', '-f', 'counter', '--timestamps')).toMatch(/^\d{4}-\d\d-\d\dT\S+Z line 1\n/);
    await cluster.kubectl('delete', 'pod', 'counter');
  });

  scenario('honours an explicit cluster address and gives it back', async () => {
    const manifest = `
apiVersion: v1
kind: Service
metadata: {name: fixed}
spec: {clusterIP: 192.168.88.88, selector: {app: hello}, ports: [{port: 88, targetPort: 80}]}
`;
    await cluster.apply(manifest);
    await eventually(() => isRoutedHere(cluster, '192.168.88.88'));
    expect(await eventually(() => httpGet('http://192.168.88.88:88/'))).toContain('hello from');
    const taken = await cluster.tryKubectl(['apply', '-f', '-'], manifest.replace('name: fixed', 'name: other'));
    expect(taken.stderr).toContain('provided IP is already allocated');
    await cluster.kubectl('delete', 'service', 'fixed');
    await eventually(async () => !(await isRoutedHere(cluster, '192.168.88.88')));
  });

  scenario('deletes a Deployment and everything of it', async () => {
    await cluster.apply(JSON.stringify(sampleDeployment('short', IDLE_POD)));
    await cluster.kubectl('rollout', 'status', 'deployment/short', '--timeout=60s');
    const uids = (await pods('app=short')).map((item) => item.metadata.uid);
    await cluster.kubectl('delete', 'deployment', 'short');
    await eventually(async () => (await pods('app=short')).length === 0);
    await eventually(async () => {
      const { stdout } = await command('docker', [
        'ps',
        '-a',
        '--no-trunc',
        '--format',
        '{{.Label "io.kubernetes.pod.uid"}}',
      ]);
      return !uids.some((uid) => stdout.includes(uid));
    });
  });

  scenario('deletes a namespace with its content', async () => {
    await cluster.kubectl('create', 'namespace', 'team');
    await cluster.kubectl('create', 'configmap', 'cm', '--from-literal=a=b', '-n', 'team');
    await cluster.kubectl('delete', 'namespace', 'team', '--timeout=60s');
    expect((await cluster.tryKubectl(['get', 'namespace', 'team'])).stderr).toContain('NotFound');
  });

  scenario('leaves the machine as it found it', async () => {
    const { bridgeName, chainPrefix } = clusterFacts(cluster);
    await cluster.stop();
    const [links, rules, containers] = await Promise.all([
      command('ip', ['-o', 'link']),
      command('iptables-save', []),
      command('docker', ['ps', '-a', '--format', '{{.Label "io.minik8s/cluster"}}']),
    ]);
    expect(links.stdout).not.toContain(bridgeName);
    expect(rules.stdout).not.toContain(`${chainPrefix}-`);
    expect(containers.stdout).not.toContain(cluster.home);
  });
});
