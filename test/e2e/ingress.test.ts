/**
 * Hosts and paths by traffic through a real nginx: Ingresses, the dialect's Dns, and what happens to wrong ones.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type Cluster, command, eventually, isRoutedHere } from './cluster';
import { oneCluster } from './one-cluster';

jest.setTimeout(180_000);

const web = (name: string) => `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: minik8s/base:1
    imagePullPolicy: Never
    command: [sh, -c, "mkdir -p /w/deep && echo ${name} | tee /w/index.html > /w/deep/page && exec httpd -f -p 8080 -h /w"]
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}
`;
const path = (text: string, pathType: string, service: string) =>
  `{path: ${text}, pathType: ${pathType}, backend: {service: {name: ${service}, port: {number: 80}}}}`;
const ingress = (name: string, host: string, paths: string, annotations = '', more = '') => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ${name}, annotations: {${annotations}}}
spec: {${more} rules: [{host: "${host}", http: {paths: [${paths}]}}]}
`;
const nginx = (name: string, value: string) => `"nginx.ingress.kubernetes.io/${name}": "${value}"`;

const DIALECT = `kind: Dns
name: shop_dns
host: shop.minik8s.test
paths:
  - {path: cart, service_name: one, service_port: 80}
  - {path: stock, service_name: later, service_port: 80}
`;

describe('Ingress', () => {
  let cluster: Cluster;
  let address = '';

  const scenario = oneCluster({}, async (started) => {
    cluster = started;
    await cluster.run('images', 'build', '--no-pull', 'nginx');
    await cluster.apply(web('one') + web('two'));
  });
  // Behind the end of the cluster.
  afterAll(() => {
    if (cluster) expect(readFileSync('/etc/hosts', 'utf8')).not.toContain(cluster.home);
  });

  /** `code body` of a request to nginx, from this host; the host's name goes in its header */
  const ask = (host: string, target: string, headers: Record<string, string> = {}) =>
    new Promise<string>((done) => {
      const call = request(
        { host: address, path: target, headers: { host, ...headers }, agent: false, timeout: 3000 },
        (answer) => {
          let body = '';
          answer.on('data', (chunk: Buffer) => {
            body += chunk;
          });
          answer.on('end', () => done(`${answer.statusCode} ${body.trim()}`));
        },
      );
      call.on('timeout', () => call.destroy(new Error('silence')));
      call.on('error', (error) => done(error.message));
      call.end();
    });
  /** nginx' old workers take connections for a moment longer than the first new one: so many right answers in a row are of new ones. */
  const answers = (host: string, target: string, expected: string, headers = {}) =>
    eventually(async () => {
      for (let asked = 0; asked < 12; asked += 1) if ((await ask(host, target, headers)) !== expected) return false;
      return true;
    });
  const events = () =>
    cluster.kubectl('get', 'events', '-o', 'jsonpath={range .items[*]}{.reason} {.message}{"\\n"}{end}');

  scenario(
    'costs nothing until there is one; a Dns of the dialect leads to its Services, from pods and from the node',
    async () => {
      const state = async () =>
        (await cluster.run('ps')).stdout.split('\n').find((line) => line.startsWith('ingress-controller'));
      expect(await state()).toMatch(/ idle /);
      const file = join(cluster.home, 'dns.yaml');
      writeFileSync(file, DIALECT);
      expect((await cluster.run('kubectl', 'start', '-f', file)).code).toBe(0);
      const field = 'jsonpath={.status.loadBalancer.ingress[0].ip}';
      await eventually(async () => {
        address = await cluster.kubectl('get', 'ingress', 'shop-dns', '-o', field);
        return address !== '';
      });
      expect(await state()).toMatch(/ running /);
      expect(await eventually(() => isRoutedHere(cluster, address))).toBe(true);
      await answers('shop.minik8s.test', '/cart', '200 one');
      await answers('shop.minik8s.test', '/cart/deep/page', '200 one');
      const hosts = `${address}\tshop.minik8s.test`;
      expect(readFileSync('/etc/hosts', 'utf8')).toContain(hosts);
      const inPod = await cluster.kubectl('exec', 'two', '--', 'wget', '-qO-', 'http://shop.minik8s.test/cart/');
      expect(inPod).toBe('one\n');
    },
  );

  scenario('answers 503 for a Service that is not there, and says which, until it is', async () => {
    expect(await ask('shop.minik8s.test', '/stock/')).toMatch(/^503 /);
    expect(await events()).toContain('Service "default/later" not found');
    const [status] = (
      JSON.parse(await cluster.kubectl('get', 'ingress', 'shop-dns', '-o', 'json')) as {
        status: { loadBalancer: { ingress: { ports: unknown[] }[] } };
      }
    ).status.loadBalancer.ingress;
    expect(status?.ports).toEqual([{ port: 80, protocol: 'TCP', error: 'minik8s.io/BackendNotReady' }]);
    await cluster.apply(web('later'));
    await answers('shop.minik8s.test', '/stock/', '200 later');
  });

  scenario('prefers exact paths, ends prefixes at slashes, and has wildcards and a default', async () => {
    await cluster.apply(
      ingress('paths', 'paths.test', `${path('/deep', 'Prefix', 'two')}, ${path('/deep/page', 'Exact', 'one')}`) +
        ingress(
          'wild',
          '*.wild.test',
          path('/', 'Prefix', 'two'),
          '',
          'defaultBackend: {service: {name: one, port: {number: 80}}},',
        ) +
        ingress('none', '', path('/only', 'Exact', 'one'), nginx('rewrite-target', '/')).replace('host: "", ', ''),
    );
    await answers('paths.test', '/deep/page', '200 one');
    expect(await ask('paths.test', '/deep/page?x=1')).toBe('200 one');
    expect(await ask('paths.test', '/deepest')).toBe('404 no rule for this host and path');
    await answers('a.wild.test', '/', '200 two');
    expect(await ask('a.b.wild.test', '/')).toBe('404 no rule for this host and path');
    await answers('unknown.test', '/only', '200 one');
  });

  scenario('sends a share of the requests, and those with a header or a cookie, to a canary', async () => {
    const canary = [
      nginx('canary', 'true'),
      nginx('canary-weight', '50'),
      nginx('canary-by-header', 'X-Try'),
      nginx('canary-by-cookie', 'try'),
    ];
    await cluster.apply(
      ingress('main', 'canary.test', path('/', 'Prefix', 'one')) +
        ingress('try', 'canary.test', path('/', 'Prefix', 'two'), canary.join(', ')),
    );
    await answers('canary.test', '/', '200 two', { 'x-try': 'always' });
    expect(await ask('canary.test', '/', { 'x-try': 'never', cookie: 'try=always' })).toBe('200 one');
    expect(await ask('canary.test', '/', { cookie: 'try=always' })).toBe('200 two');
    const seen = new Set(await Promise.all(Array.from({ length: 40 }, () => ask('canary.test', '/'))));
    expect([...seen].sort()).toEqual(['200 one', '200 two']);
  });

  scenario(
    'refuses what nginx refuses, with field and reason; the configuration stays, and no request fails meanwhile',
    async () => {
      const failures: string[] = [];
      let isOver = false;
      const load = (async () => {
        while (!isOver) {
          const answer = await ask('canary.test', '/', { 'x-try': 'never' });
          if (answer !== '200 one') failures.push(answer);
        }
      })();
      const field = 'nginx.ingress.kubernetes.io/configuration-snippet';
      await cluster.kubectl('annotate', 'ingress', 'paths', `${field}=no_such_directive on;`);
      await eventually(async () =>
        (await events()).includes(`Rejected metadata.annotations[${field}]: unknown directive "no_such_directive"`),
      );
      await answers('paths.test', '/deep/page', '200 one');
      await cluster.apply(ingress('other', 'other.test', path('/', 'Prefix', 'two')));
      await answers('other.test', '/', '200 two');
      await cluster.kubectl('annotate', 'ingress', 'paths', '--overwrite', `${field}=return 418;`);
      await eventually(async () => (await ask('paths.test', '/deep/page')).startsWith('418'));
      isOver = true;
      await load;
      expect(failures).toEqual([]);
    },
  );

  scenario('has HTTPS with the certificate of a Secret', async () => {
    const [key, certificate] = [join(cluster.home, 'tls.key'), join(cluster.home, 'tls.crt')];
    const made = await command('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=tls.test',
      '-addext',
      'subjectAltName=DNS:tls.test',
      '-keyout',
      key,
      '-out',
      certificate,
    ]);
    if (made.code !== 0) return console.warn(`skipped: openssl: ${made.stderr}`);
    await cluster.kubectl('create', 'secret', 'tls', 'pair', '--key', key, '--cert', certificate);
    await cluster.apply(
      ingress('tls', 'tls.test', path('/', 'Prefix', 'one'), '', 'tls: [{hosts: [tls.test], secretName: pair}],'),
    );
    await eventually(async () => (await ask('tls.test', '/')).startsWith('308'));
    const secure = [
      '-s',
      '--max-time',
      '3',
      '--cacert',
      certificate,
      '--resolve',
      `tls.test:443:${address}`,
      'https://tls.test/',
    ];
    await eventually(async () => (await command('curl', secure)).stdout === 'one\n');
  });

  scenario('goes on serving while its controller is stopped, in new pods too', async () => {
    await cluster.run('stop', 'ingress-controller');
    await cluster.kubectl(
      '-n',
      'kube-system',
      'delete',
      'pod',
      '-l',
      'app.kubernetes.io/name=ingress-nginx',
      '--grace-period=1',
    );
    await answers('other.test', '/', '200 two');
  });
});
