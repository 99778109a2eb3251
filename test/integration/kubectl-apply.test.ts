/**
 * Stock kubectl's ways to change objects: apply on either side, diff, replace, patch, edit, dry runs, strict fields.
 */
import type { Deployment } from '../../helper/api/apps/deployment';
import { CONFIG_MAPS, DEPLOYMENTS, WEB_YAML } from './objects';
import { hasStockKubectl, type Ran, StockKubectl } from './stock-kubectl';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(120_000);

const config = (name: string, data: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: ${data}\n`;

const suite = hasStockKubectl ? describe : describe.skip;

suite('kubectl', () => {
  let server: TestServer;
  let kubectl: StockKubectl;

  const run = (line: string, stdin = ''): Promise<Ran> => kubectl.run(line.split(' '), stdin);
  const revision = async (path: string) =>
    (await server.send('GET', path)).json<Deployment>().metadata.resourceVersion ?? 'none';

  beforeAll(async () => {
    server = await startTestServer();
    kubectl = new StockKubectl(server);
  });
  afterAll(async () => {
    kubectl?.stop();
    await server?.stop();
  });

  test('apply creates, leaves alone, configures, and removes what the file says no more', async () => {
    expect(await run('apply -f -', WEB_YAML)).toEqual({ out: 'deployment.apps/web created\n', err: '', code: 0 });
    expect((await run('apply -f -', WEB_YAML)).out).toBe('deployment.apps/web unchanged\n');
    await run('scale deploy/web --replicas=4');
    const changed = WEB_YAML.replace('value: "1"', 'value: "2"')
      .replace(/.*side.*\n/, '')
      .replace(/.*replicas.*\n/, '');
    expect((await run('apply -f -', changed)).out).toBe('deployment.apps/web configured\n');
    const containers = (await server.send('GET', `${DEPLOYMENTS}/web`)).json<Deployment>().spec?.template.spec
      ?.containers;
    expect(containers).toMatchObject([{ name: 'web', env: [{ name: 'A', value: '2' }] }]);
  });

  test('diff shows what would change and changes nothing', async () => {
    const before = await revision(`${DEPLOYMENTS}/web`);
    const changed = WEB_YAML.replace('nginx', 'nginx:2');
    for (const flags of ['', ' --server-side --force-conflicts']) {
      const { out, err, code } = await run(`diff${flags} -f -`, changed);
      expect({ err, code }).toEqual({ err: '', code: 1 });
      expect(out).toMatch(/\n\+ +- image: nginx:2\n|\n\+ +image: nginx:2\n/);
    }
    expect(await revision(`${DEPLOYMENTS}/web`)).toBe(before);
  });

  test('apply --server-side takes over what client-side apply set, without conflicts, and notes it', async () => {
    expect((await run('apply -f -', config('moved', '{a: "1", b: "1"}'))).code).toBe(0);
    const taken = await run('apply --server-side -f -', config('moved', '{a: "2"}'));
    expect(taken).toMatchObject({ out: 'configmap/moved serverside-applied\n', code: 0 });
    const shown = await run('get cm moved -o yaml --show-managed-fields');
    expect(shown.out).toMatch(/manager: kubectl\n {4}operation: Apply/);
    expect(shown.out).toContain('data:\n  a: "2"\n');
    expect((await run('get cm moved -o yaml')).out).not.toContain('managedFields');
  });

  test('apply --server-side says who is in the way, and takes the field when forced', async () => {
    await run('apply --server-side --field-manager=first -f -', config('owned', '{a: "1", b: "1"}'));
    const refused = await run('apply --server-side --field-manager=second -f -', config('owned', '{a: "2"}'));
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(
      /^error: Apply failed with 1 conflict: conflict with "first": \.data\.a\nPlease review/,
    );
    const forced = await run(
      'apply --server-side --force-conflicts --field-manager=second -f -',
      config('owned', '{a: "2"}'),
    );
    expect(forced.code).toBe(0);
    await run('apply --server-side --field-manager=first -f -', config('owned', '{}'));
    expect((await run('get cm owned -o jsonpath={.data}')).out).toBe('{"a":"2"}');
  });

  test.each([
    ['apply --dry-run=server -f -', config('never', '{a: "1"}'), 'configmap/never created (server dry run)\n'],
    [
      'apply --server-side --dry-run=server -f -',
      config('never', '{a: "1"}'),
      'configmap/never serverside-applied (server dry run)\n',
    ],
    ['create --dry-run=server -f -', config('never', '{a: "1"}'), 'configmap/never created (server dry run)\n'],
    ['create service clusterip never --tcp=80 --dry-run=server', '', 'service/never created (server dry run)\n'],
    ['label deploy web x=y --dry-run=server', '', 'deployment.apps/web labeled (server dry run)\n'],
    ['scale deploy web --replicas=9 --dry-run=server', '', 'deployment.apps/web scaled (server dry run)\n'],
    ['delete deploy web --dry-run=server', '', 'deployment.apps "web" deleted (server dry run)\n'],
    ['delete deploy --all --dry-run=server', '', 'deployment.apps "web" deleted (server dry run)\n'],
    ['patch deploy web -p {"spec":{"replicas":8}} --dry-run=server', '', 'deployment.apps/web patched\n'],
  ])('%s changes nothing', async (line, stdin, words) => {
    const before = server.store.currentRevision();
    expect(await run(line, stdin)).toMatchObject({ out: words, code: 0 });
    expect(server.store.currentRevision()).toBe(before);
    expect((await server.send('GET', `${CONFIG_MAPS}/never`)).code).toBe(404);
  });

  test('create and apply refuse unknown and double fields, warn of them, or pass them over', async () => {
    const odd = config('odd', '{a: "1"}').replace('metadata: {name: odd}', 'metadata: {name: odd}\nfoo: bar');
    const strict = await run('create -f -', odd);
    expect(strict.err).toBe(
      'Error from server (BadRequest): error when creating "STDIN": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"\n',
    );
    const warned = await run('create --validate=warn -f -', odd);
    expect(warned).toMatchObject({ out: 'configmap/odd created\n', err: 'Warning: unknown field "foo"\n', code: 0 });
    expect(await run('apply --validate=ignore --server-side -f -', config('odd', '{a: "1"}'))).toMatchObject({
      code: 0,
    });
  });

  test('patch of every type, replace, replace --force and edit', async () => {
    expect(
      (await run('patch deploy web --type=json -p [{"op":"replace","path":"/spec/replicas","value":3}]')).out,
    ).toBe('deployment.apps/web patched\n');
    expect(
      (await run('patch deploy web --type=json -p [{"op":"test","path":"/spec/replicas","value":4}]')).err,
    ).toMatch(/^The request is invalid: the server rejected our request due to an error in our request\n$/);
    expect((await run('patch deploy web --type=merge -p {"spec":{"replicas":3}}')).out).toBe(
      'deployment.apps/web patched (no change)\n',
    );
    expect((await run('patch deploy web --subresource=status --type=merge -p {"status":{"replicas":3}}')).out).toBe(
      'deployment.apps/web patched\n',
    );
    expect((await run('patch deploy web --subresource=scale --type=merge -p {"spec":{"replicas":1}}')).out).toBe(
      'scale.autoscaling/web patched\n',
    );
    expect((await run('replace -f -', WEB_YAML)).out).toBe('deployment.apps/web replaced\n');
    expect((await run('replace --force -f -', config('moved', '{z: "1"}'))).out).toBe(
      'configmap "moved" deleted\nconfigmap/moved replaced\n',
    );
    expect((await run('replace -f -', config('nowhere', '{z: "1"}'))).err).toMatch(
      /^Error from server \(NotFound\): error when replacing "STDIN": configmaps "nowhere" not found/,
    );
    process.env.KUBE_EDITOR = 'sed -i s/z:/changed:/';
    expect((await run('edit cm moved')).out).toBe('configmap/moved edited\n');
    expect((await run('get cm moved -o jsonpath={.data}')).out).toBe('{"changed":"1"}');
  });
});
