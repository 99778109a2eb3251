/**
 * What the commands of stock kubectl need of a server beyond reading and writing objects, and the words they show when it says no.
 *
 * Each test is a way kubectl is used that once ended differently here; `kubectl-tour.test.ts` goes over all verbs on a cluster.
 * https://kubernetes.io/docs/reference/kubectl/
 */
import { CONFIG_MAPS } from './objects';
import { hasStockKubectl, type Ran, StockKubectl } from './stock-kubectl';
import { startTestServer, type TestServer } from './test-server';

jest.setTimeout(120_000);

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

const suite = hasStockKubectl ? describe : describe.skip;

suite('kubectl', () => {
  let server: TestServer;
  let kubectl: StockKubectl;

  const run = (line: string, stdin: unknown = ''): Promise<Ran> =>
    kubectl.run(line.split(' '), typeof stdin === 'string' ? stdin : JSON.stringify(stdin));

  beforeAll(async () => {
    server = await startTestServer();
    kubectl = new StockKubectl(server);
  });
  afterAll(async () => {
    kubectl?.stop();
    await server?.stop();
  });

  describe('create', () => {
    test('takes a List, which no path of the API describes', async () => {
      const list = { apiVersion: 'v1', kind: 'List', items: [configMap('one'), configMap('two')] };
      expect(await run('create -f -', list)).toEqual({
        out: 'configmap/one created\nconfigmap/two created\n',
        err: '',
        code: 0,
      });
    });

    test('of a kind nobody serves says which, and does the rest', async () => {
      const both = `${JSON.stringify(configMap('beside'))}\n${JSON.stringify({ ...configMap('x'), apiVersion: 'example.com/v1', kind: 'Bogus' })}`;
      const { out, err } = await run('apply -f -', both);
      expect(out).toBe('configmap/beside created\n');
      expect(err).toContain('no matches for kind "Bogus" in version "example.com/v1"');
    });
  });

  test('a value of the wrong type is refused in the words people look for', async () => {
    const created = await run('create -f -', { ...configMap('typed'), data: { a: 1 } });
    expect(created.err).toContain(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    );
    await run('create -f -', configMap('typed'));
    const patched = await run('patch configmap typed -p {"metadata":{"labels":"invalid"}}');
    expect(patched.err).toBe(
      'The request is invalid: patch: Invalid value: "map[metadata:map[labels:invalid]]": cannot restore map from string\n',
    );
  });

  test('explain shows all fields of a type whose fields may be anything', async () => {
    const { out, code } = await run('explain customresourcedefinitions --recursive');
    expect([code, out]).toEqual([0, expect.stringMatching(/openAPIV3Schema[\s\S]*additionalProperties/)]);
  });

  test('get --raw / lists the paths there are', async () => {
    expect(JSON.parse((await run('get --raw /')).out)).toMatchObject({
      paths: expect.arrayContaining(['/api/v1', '/apis/apps']),
    });
  });

  test('replace with resourceVersion "0" replaces whatever is there', async () => {
    await run('create -f -', configMap('zero'));
    const changed = { ...configMap('zero'), metadata: { name: 'zero', resourceVersion: '0' }, data: { a: 'b' } };
    expect(await run('replace -f -', changed)).toMatchObject({ out: 'configmap/zero replaced\n', code: 0 });
    expect((await server.send('GET', `${CONFIG_MAPS}/zero`)).json()).toMatchObject({ data: { a: 'b' } });
  });
});
