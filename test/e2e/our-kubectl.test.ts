/**
 * Our own kubectl over real containers: port-forward, attach, run -i, debug and cp, each as a student types it.
 *
 * One cluster, one pod. What stock kubectl does over the same streams is in `streams.test.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, command, eventually, httpGet, PROJECT_ROOT, type Result } from './cluster';
import { oneCluster } from './one-cluster';

jest.setTimeout(180_000);

const RUN = join(PROJECT_ROOT, 'run.sh');
const IMAGE = ['--image=minik8s/base:1', '--image-pull-policy=IfNotPresent'];
const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: minik8s/base:1
    ports: [{containerPort: 8080, name: http}]
    command: [sh, -c, 'mkdir /www; echo only inside > /www/index.html; exec httpd -f -p 8080 -h /www']
  - name: talker
    image: minik8s/base:1
    stdin: true
    command: [sh, -c, 'while read line; do echo "got $line"; done; sleep 1000']
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
`;

describe('our kubectl over real containers', () => {
  let cluster: Cluster;
  const started: ChildProcess[] = [];

  afterAll(() => {
    for (const child of started) child.kill('SIGKILL');
  });
  const scenario = oneCluster({ args: ['--store', 'embedded'] }, async (begun) => {
    cluster = begun;
    await cluster.apply(MANIFEST);
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=60s');
  });

  const kubectl = (args: readonly string[], stdin?: string): Promise<Result> =>
    command(RUN, ['kubectl', ...args], { env: cluster.env, ...(stdin === undefined ? {} : { stdin }) });

  scenario('port-forward reaches a port of a pod through a Service', async () => {
    const child = spawn(RUN, ['kubectl', 'port-forward', 'svc/web', ':80'], { env: cluster.env });
    started.push(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    const port = await eventually(() => /127\.0\.0\.1:(\d+) -> 8080/.exec(text)?.[1]);
    // Several connections share the one to the API server.
    const pages = await Promise.all([1, 2, 3].map(() => httpGet(`http://127.0.0.1:${port}/`)));
    expect(pages).toEqual(['only inside\n', 'only inside\n', 'only inside\n']);
    expect(text).toContain(`Handling connection for ${port}`);
    child.kill();
  });

  scenario('attach -i passes lines to the process of a container', async () => {
    const child = spawn(RUN, ['kubectl', 'attach', '-i', 'web', '-c', 'talker'], { env: cluster.env });
    started.push(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    child.stdin.write('hello\n');
    await eventually(() => text.includes('got hello'));
    child.kill();
  });

  scenario('run -i --rm passes input, output and the exit code, and leaves no pod', async () => {
    const args = ['run', 'once', '-i', '--rm', '--restart=Never', ...IMAGE];
    const seen = await kubectl([...args, '--', 'sh', '-c', 'cat; exit 3'], 'typed\n');
    expect(seen).toMatchObject({ code: 3, stdout: 'typed\npod "once" deleted\n' });
    expect(seen.stderr).toContain('pod default/once terminated (Error)');
    expect((await cluster.tryKubectl(['get', 'pod', 'once'])).code).toBe(1);
  });

  scenario('debug sees the processes of another container, and works on a copy', async () => {
    // It waits for a line: what is printed before somebody listens is not seen.
    const listening = ['sh', '-c', 'read heard; ps'];
    const debug = ['debug', 'web', '-i', ...IMAGE, '--target=c', '--profile=general', '--', ...listening];
    const beside = await kubectl(debug, 'go\n');
    expect(beside.stdout).toContain('httpd');
    const copy = ['debug', 'web', '--copy-to=copy', '-c', 'tools', ...IMAGE, '--profile=restricted'];
    expect((await kubectl([...copy, '--', 'sleep', '100'])).code).toBe(0);
    const path =
      'jsonpath={.metadata.labels}{.spec.shareProcessNamespace}{.spec.containers[2].securityContext.runAsNonRoot}';
    expect((await kubectl(['get', 'pod', 'copy', '-o', path])).stdout).toBe('truetrue');
  });

  scenario('cp brings folders there and back, whatever files are called', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'minik8s-cp-'));
    mkdirSync(join(folder, 'shop', 'deep'), { recursive: true });
    const odd = 'a,b $x.txt';
    writeFileSync(join(folder, 'shop', 'deep', odd), 'content');
    expect(await kubectl(['cp', join(folder, 'shop'), 'web:/tmp/store', '-c', 'c'])).toMatchObject({ code: 0 });
    expect(await kubectl(['cp', 'web:/tmp/store', join(folder, 'back'), '-c', 'c'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'back', 'deep', odd), 'utf8')).toBe('content');
    const nowhere = await kubectl(['cp', 'web:/nowhere', join(folder, 'none'), '-c', 'c']);
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('nowhere: No such file or directory');
  });
});
