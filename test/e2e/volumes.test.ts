/**
 * Volumes on real Docker, looked at from inside the containers and from the host: what pods see, who may read it, how it changes
 * under them, what is refused, and that nothing is left when they end.
 */
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KUBECTL } from '../kubectl-path';
import { type Cluster, command, dockerMissing, eventually, startCluster } from './cluster';

jest.setTimeout(180_000);

const IMAGE = 'minik8s/base:1';
const pod = (name: string, spec: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: shop}}
spec:
  terminationGracePeriodSeconds: 0
${spec}`;

/** A container that runs a line of shell and stays. */
const shell = (line: string, mounts: string) => `
  containers:
  - {name: c, image: "${IMAGE}", command: [sh, -c, '${line}; sleep 1000'], volumeMounts: [${mounts}]}`;

describe('volumes', () => {
  let cluster: Cluster;
  let skipped: string | undefined;

  beforeAll(async () => {
    skipped = (await dockerMissing()) ?? (KUBECTL ? undefined : 'no kubectl on PATH');
    if (skipped) {
      console.warn(`skipped: ${skipped}`);
      return;
    }
    cluster = await startCluster();
    await mkdir(join(cluster.home, 'shared'), { recursive: true });
    symlinkSync('/etc', join(cluster.home, 'shared', 'out'));
    await cluster.apply(manifests(cluster.home));
  });
  afterAll(() => cluster?.stop());

  const scenario = (name: string, body: () => Promise<void>) =>
    test(name, async () => {
      if (!skipped) await body();
    });
  const phase = (name: string) => cluster.kubectl('get', 'pod', name, '-o', 'jsonpath={.status.phase}');
  const running = (name: string) => eventually(async () => (await phase(name)) === 'Running');
  const inside = async (name: string, line: string) =>
    (await cluster.kubectl('exec', name, '--', 'sh', '-c', line)).trim();
  const events = (name: string) => cluster.kubectl('get', 'events', '--field-selector', `involvedObject.name=${name}`);
  const mounts = () =>
    readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(cluster?.home));

  const manifests = (home: string) =>
    [
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cfg}\ndata: {color: red, deep: x}\nbinaryData: {bytes: AQI=}',
      'apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {password: x}',
      'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}',
      pod(
        'all',
        `
  securityContext: {fsGroup: 2000, runAsUser: 1000}
  volumes:
  - {name: cfg, configMap: {name: cfg, defaultMode: 0400}}
  - {name: down, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
  - {name: all, projected: {sources: [{serviceAccountToken: {path: token}}, {secret: {name: key, items: [{key: password, path: sub/pw, mode: 0440}]}}]}}
  - {name: mem, emptyDir: {medium: Memory, sizeLimit: 10Mi}}
  - {name: disk, emptyDir: {}}
  - {name: data, persistentVolumeClaim: {claimName: data}}
  - {name: own, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}}}
  - {name: host, hostPath: {path: "${home}/made", type: DirectoryOrCreate}}
  containers:
  - name: c
    image: "${IMAGE}"
    command: [sh, -c, "echo kept >/data/file; touch /disk/mine; sleep 1000"]
    env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
    volumeMounts:
    - {name: cfg, mountPath: /cfg}
    - {name: cfg, mountPath: /etc/one-file, subPath: color}
    - {name: down, mountPath: /down}
    - {name: all, mountPath: /all}
    - {name: mem, mountPath: /mem}
    - {name: disk, mountPath: /disk}
    - {name: disk, mountPath: /expanded, subPathExpr: of/$(POD)}
    - {name: data, mountPath: /data}
    - {name: own, mountPath: /own}
    - {name: host, mountPath: /host, readOnly: true}`,
      ),
      pod(
        'greedy',
        `  volumes: [{name: small, emptyDir: {sizeLimit: 1Mi}}]${shell('dd if=/dev/zero of=/d/f bs=1M count=3', '{name: small, mountPath: /d}')}`,
      ),
      pod(
        'outside',
        `  volumes: [{name: h, hostPath: {path: "${home}/shared"}}]${shell('true', '{name: h, mountPath: /h, subPath: out/ssl}')}`,
      ),
      pod(
        'wrong-type',
        `  volumes: [{name: h, hostPath: {path: /dev/null, type: Socket}}]${shell('true', '{name: h, mountPath: /h}')}`,
      ),
      pod(
        'lacking',
        `  volumes: [{name: v, configMap: {name: later}}]${shell('cat /v/key; echo', '{name: v, mountPath: /v}')}`,
      ),
    ].join('\n---\n');

  scenario('are there with the rights the pod asked for', async () => {
    await running('all');
    const listed = await inside(
      'all',
      'stat -L -c "%a %u %g %n" /cfg/color /all/token /all/sub/pw /mem /disk /disk/mine /expanded /data /own',
    );
    expect(listed.split('\n')).toEqual([
      '440 0 2000 /cfg/color',
      '640 1000 2000 /all/token',
      '440 0 2000 /all/sub/pw',
      '2777 0 2000 /mem',
      '2777 0 2000 /disk',
      '644 1000 2000 /disk/mine',
      '2777 0 2000 /expanded',
      '2777 0 2000 /data',
      '2777 0 2000 /own',
    ]);
    expect(await inside('all', 'df -k /mem | tail -1')).toMatch(/^tmpfs +10240 /);
    expect(await inside('all', 'cat /etc/one-file; cat /cfg/deep')).toBe('redx');
    const refused = await inside('all', 'touch /cfg/x 2>&1; touch /host/x 2>&1; true');
    expect(refused.match(/Read-only file system/g)).toHaveLength(2);
    expect(existsSync(join(cluster.home, 'made'))).toBe(true);
    const { stdout } = await command('docker', ['ps', '-q', '--filter', 'name=k8s_c_all_']);
    const inspected = await command('docker', [
      'inspect',
      '-f',
      '{{range .Mounts}}{{.Destination}} {{.RW}} {{.Propagation}}{{"\\n"}}{{end}}',
      stdout.trim(),
    ]);
    expect(inspected.stdout).toContain('/cfg false rprivate');
    expect(inspected.stdout).toContain('/data true rprivate');
  });

  scenario('follow their objects, all files at once', async () => {
    await cluster.kubectl('patch', 'configmap', 'cfg', '-p', '{"data":{"color":"blue","deep":null,"new":"y"}}');
    await cluster.kubectl('label', 'pod', 'all', 'app=new', '--overwrite');
    await eventually(async () => (await inside('all', 'cat /cfg/color')) === 'blue', 10_000);
    expect(await inside('all', 'ls /cfg')).toBe('bytes\ncolor\nnew');
    await eventually(async () => (await inside('all', 'cat /down/labels')) === 'app="new"', 10_000);
    // A single file that was mounted is the one of that time.
    expect(await inside('all', 'cat /etc/one-file')).toBe('red');
  });

  scenario('are refused in Kubernetes’ words, and come when what they lack comes', async () => {
    const MOUNT = 'MountVolume.SetUp failed for volume';
    await eventually(async () =>
      (await events('outside')).includes('failed to prepare subPath for volumeMount "h" of container "c"'),
    );
    await eventually(async () =>
      (await events('wrong-type')).includes(
        `${MOUNT} "h" : hostPath type check failed: /dev/null is not a socket file`,
      ),
    );
    await eventually(async () => (await events('lacking')).includes(`${MOUNT} "v" : configmap "later" not found`));
    await cluster.apply('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: later}\ndata: {key: value}');
    await running('lacking');
    await eventually(async () => (await cluster.kubectl('logs', 'lacking')) === 'value\n');
  });

  scenario('that outgrow their limit cost the pod its place', async () => {
    await eventually(async () => (await phase('greedy')) === 'Failed');
    const text = await cluster.kubectl('get', 'pod', 'greedy', '-o', 'jsonpath={.status.reason}: {.status.message}');
    expect(text).toBe('Evicted: Usage of EmptyDir volume "small" exceeds the limit "1Mi". ');
  });

  scenario('survive a kubelet that starts anew, and leave nothing but the data that was to stay', async () => {
    const before = mounts().length;
    expect(before).toBeGreaterThanOrEqual(3);
    await cluster.run('restart', 'kubelet');
    await eventually(async () => (await inside('all', 'cat /data/file')) === 'kept');
    await cluster.kubectl('delete', 'pods', '--all', '--wait=true');
    await eventually(() => mounts().filter((line) => line.includes('/kubelet/pods/')).length === 0);
    await eventually(() => readdirSync(join(cluster.home, 'kubelet', 'pods')).length === 0);
    // The ephemeral claim went with its pod, and its data with it; the other one stays, also for the next pod.
    const local = join(cluster.home, 'local-volumes');
    await eventually(() => readdirSync(local).length === 1);
    await cluster.apply(
      pod(
        'next',
        `  volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]${shell('cat /d/file', '{name: d, mountPath: /d}')}`,
      ),
    );
    await running('next');
    await eventually(async () => (await cluster.kubectl('logs', 'next')) === 'kept\n');
    await cluster.kubectl('delete', 'pvc', 'data', '--wait=false');
    expect(await cluster.kubectl('get', 'pvc', 'data')).toContain('Terminating');
    await cluster.kubectl('delete', 'pod', 'next');
    await eventually(async () => (await cluster.kubectl('get', 'pv', '-o', 'name')) === '');
    expect(readdirSync(local)).toEqual([]);
  });
});
