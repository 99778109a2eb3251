/**
 * Our kubectl against a real api-server: what is printed, what exit codes say, and what is in the cluster afterwards.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodeOf, explainFailure } from '../../userland/kubectl/command-error';
import { type Connection, openConnection } from '../../userland/kubectl/connection';
import { runWords } from '../../userland/kubectl/program';
import { splitLine } from '../../userland/kubectl/repl/split-line';
import type { Shell } from '../../userland/kubectl/shell';
import { WEB_YAML } from './objects';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(30_000);

const DIALECT = `
kind: Pod
name: Shop_Pod
cpu: 1
containers: [{name: web, image: nginx, port: 80}]
---
kind: Service
name: shop
clusterIP: 192.168.88.88
selector: {app: shop}
ports: [{protocol: tcp, port: 88, targetPort: 80}]
`;

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

describe('kubectl', () => {
  let server: TestServer;
  let folder: string;
  let connection: Connection;

  /** One line, as it would stand behind `./run.sh kubectl`. */
  async function run(
    line: string,
    stdin = '',
    signal = new AbortController().signal,
    onOut: (all: string) => void = () => {},
  ): Promise<Ran> {
    let out = '';
    let err = '';
    const shell: Shell = {
      settings: { ...server.settings, projectRoot: folder },
      output: {
        out: (text) => {
          out += text;
          onOut(out);
        },
        err: (text) => {
          err += text;
        },
      },
      env: {},
      workingDirectory: folder,
      isPrompt: false,
      signal,
      readStdin: () => Promise.resolve(stdin),
      connect: () => connection,
      lendTerminal: (work) => work(),
    };
    try {
      await runWords(splitLine(line), shell);
      return { out, err, code: 0 };
    } catch (error) {
      return { out, err: err + explainFailure(error), code: exitCodeOf(error) };
    }
  }

  beforeAll(async () => {
    server = await startTestServer();
    folder = mkdtempSync(join(tmpdir(), 'minik8s-kubectl-'));
    writeFileSync(join(folder, 'web.yaml'), WEB_YAML);
    writeFileSync(join(folder, 'shop.yaml'), DIALECT);
    writeFileSync(join(folder, 'broken.yaml'), 'kind: Pod\nname: x\ncolour: red\ncontainers: [{name: a, image: b}]\n');
    connection = openConnection(
      { kubeconfig: join(server.settings.home, 'admin.kubeconfig'), server: `https://127.0.0.1:${server.port}` },
      { settings: server.settings, env: {}, onWarning: () => {} },
    );
    await run('create serviceaccount default');
  });

  afterAll(async () => {
    connection?.client.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('apply creates, leaves alone, configures, and removes what the file says no more', async () => {
    expect((await run('apply -f web.yaml')).out).toBe('deployment.apps/web created\n');
    expect((await run('apply -f $/web.yaml')).out).toBe('deployment.apps/web unchanged\n');
    await run('scale deploy/web --replicas=4');
    const changed = WEB_YAML.replace('value: "1"', 'value: "2"')
      .replace(/.*side.*\n/, '')
      .replace(/.*replicas.*\n/, '');
    expect((await run('apply -f -', changed)).out).toBe('deployment.apps/web configured\n');
    const path = '{.spec.template.spec.containers[*].name} {.spec.template.spec.containers[0].env[0].value}';
    expect((await run(`get deploy web -o jsonpath='${path}'`)).out).toBe('web 2');
  });

  test('get prints tables, names and words for nothing', async () => {
    const table = (await run('get deploy')).out.split('\n');
    expect(table[0]).toBe('NAME   READY   UP-TO-DATE   AVAILABLE   AGE');
    expect(table[1]).toMatch(/^web {4}0\/1 {5}0 {12}0 {11}\d+s$/);
    expect((await run('get deploy,svc -o name')).out).toBe('deployment.apps/web\nservice/kubernetes\n');
    expect((await run('get svc,deploy')).out).toMatch(
      /^NAME[\s\S]*\nservice\/kubernetes[\s\S]*\n\nNAME[\s\S]*\ndeployment\.apps\/web /,
    );
    expect((await run('get svc -A --no-headers')).out).toMatch(/^default {3}kubernetes {3}ClusterIP/);
    expect((await run('get ns --sort-by=.metadata.name -o custom-columns=N:.metadata.name,X:.x')).out).toBe(
      'N                 X\ndefault           <none>\nkube-node-lease   <none>\nkube-public       <none>\nkube-system       <none>\n',
    );
    expect(await run('get pods')).toEqual({ out: '', err: 'No resources found in default namespace.\n', code: 0 });
    expect(JSON.parse((await run('get cm -n kube-public -o json')).out)).toMatchObject({
      kind: 'List',
      items: expect.any(Array),
    });
  });

  test.each([
    ['get pods nope', 'Error from server (NotFound): pods "nope" not found\n'],
    ['get nope', 'error: the server doesn\'t have a resource type "nope"\n'],
    ['shwo pods', 'error: unknown command "shwo" for "kubectl"\n\nDid you mean this?\n\tshow\n'],
    ['get pods --nope', "error: unknown flag: --nope\nSee 'kubectl get --help' for usage.\n"],
    ['apply -f broken.yaml', /^error: broken\.yaml:3: colour: unknown field/],
    ['apply -f missing.yaml', 'error: the path "missing.yaml" does not exist\n'],
    ['apply', 'error: must specify one of -f and -k\n'],
    ['create ns Bad_Name', /^The Namespace "Bad_Name" is invalid: metadata\.name: Invalid value/],
    ['create ns default', 'Error from server (AlreadyExists): namespaces "default" already exists\n'],
    ['delete pods', 'error: resource(s) were provided, but no name was specified\n'],
    ['exec web', /^Error from server \(NotFound\)/],
    ['show hpas', /not served by this cluster yet/],
  ])('%s fails with kubectl’s words and exit code 1', async (line, words) => {
    const { out, err, code } = await run(line);
    expect({ out, code }).toEqual({ out: '', code: 1 });
    if (typeof words === 'string') expect(err).toBe(words);
    else expect(err).toMatch(words);
  });

  test('dialect documents are applied, shown, stopped, started and removed by the name they were written with', async () => {
    expect((await run('start -f shop.yaml')).out).toBe(
      'shop.yaml: pod/shop-pod created\nshop.yaml: service/shop created\n',
    );
    expect((await run('get pod Shop_Pod -o name')).out).toBe('pod/shop-pod\n');
    expect((await run('show pods')).out).toMatch(/\nShop_Pod {3}shop-pod-[0-9a-f]{8} {3}Wait for Schedule {3}/);
    expect((await run('show services')).out).toMatch(/\nshop {9}shop-[0-9a-f]{8} .* 192\.168\.88\.88 .* 88->80\/tcp/);
    expect((await run('stop pod Shop_Pod')).out).toBe('pod/Shop_Pod stopped\n');
    expect((await run('get pods')).err).toMatch(/^No resources found/);
    expect((await run('show pods')).out).toMatch(/\nShop_Pod {3}- {15}Removed {3}/);
    expect((await run('start pod Shop_Pod')).out).toBe('pod/Shop_Pod started\n');
    expect((await run('get cm -l minik8s.io/stopped-pod -o name')).out).toBe('');
    expect((await run('update service shop')).out).toBe('service/shop updated\n');
    expect((await run('remove pod shop_pod')).out).toBe('pod/Shop_Pod removed\n');
    expect((await run('remove service shop')).out).toBe('service/shop removed\n');
    expect(await run('remove pod shop_pod')).toMatchObject({ code: 1, err: expect.stringContaining('not found') });
  });

  test('get -w prints the list and then every change', async () => {
    const stop = new AbortController();
    const rows = (all: string) => all.split('\n').filter((row) => row.startsWith('one ')).length;
    await run('create cm first -n kube-public');
    let listed = () => {};
    const isListed = new Promise<void>((resolve) => {
      listed = resolve;
    });
    const watching = run('get cm -n kube-public -w', '', stop.signal, (all) => {
      listed();
      if (rows(all) === 3) stop.abort();
    });
    await isListed;
    await run('create cm one -n kube-public --from-literal=a=1');
    await run('label cm one -n kube-public x=y');
    await run('delete cm one -n kube-public');
    expect((await watching).out).toMatch(/^NAME {2,}DATA {2,}AGE\n(.*\n)*one +1 .*\none +1 .*\none +1 /);
  });

  test('label, annotate, set image, rollout and delete say what kubectl says', async () => {
    expect((await run('label deploy web tier=front')).out).toBe('deployment.apps/web labeled\n');
    expect((await run('label deploy web tier=back')).code).toBe(1);
    expect((await run('label deploy web tier-')).out).toBe('deployment.apps/web unlabeled\n');
    expect((await run('annotate deploy web note=x')).out).toBe('deployment.apps/web annotated\n');
    expect((await run('set image deploy/web web=nginx:2')).out).toBe('deployment.apps/web image updated\n');
    expect((await run('rollout pause deploy/web')).out).toBe('deployment.apps/web paused\n');
    expect((await run('rollout resume deploy/web')).out).toBe('deployment.apps/web resumed\n');
    expect((await run('wait --for=jsonpath={.spec.replicas}=1 deploy/web --timeout=5s')).out).toBe(
      'deployment.apps/web condition met\n',
    );
    expect((await run('wait --for=condition=Available deploy/web --timeout=1ms')).err).toBe(
      'error: timed out waiting for the condition on deployments/web\n',
    );
    expect((await run('describe deploy web')).out).toMatch(/^Name: {19}web\nNamespace: {14}default\n/);
    expect((await run('explain deploy.spec.replicas')).out).toMatch(
      /^GROUP: {6}apps\nKIND: {7}Deployment\nVERSION: {4}v1\n\nFIELD: replicas <integer>\n/,
    );
    expect((await run('delete -f web.yaml')).out).toBe('deployment.apps "web" deleted\n');
  });

  test('a list that get printed can be applied again', async () => {
    await run('create cm kept --from-literal=a=1 --save-config');
    const list = (await run('get cm -o yaml -l !nothing')).out;
    expect((await run('apply -f -', list)).out).toMatch(/configmap\/kept (unchanged|configured)/);
  });
});
