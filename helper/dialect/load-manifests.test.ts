import type { Container } from 'kubernetes-types/core/v1';
import type { ReplicaSet } from '../api/apps/replica-set';
import type { Pod } from '../api/core/pod';
import type { Service } from '../api/core/service';
import type { Ingress } from '../api/networking/ingress';
import { loadManifests, manifestPath, parseManifests } from './load-manifests';

const parse = (text: string, env: Record<string, string> = {}) =>
  parseManifests(text, 'x.yaml', { env }).map((manifest) => manifest.object);
const mistake = (text: string, env: Record<string, string> = {}): string => {
  try {
    parse(text, env);
    return 'no mistake found';
  } catch (error) {
    return (error as Error).message;
  }
};

const POD = `kind: Pod
name: shop
volume:
  - $/userland/site/:/usr/share/nginx/html/
cpu: 2
mem: 100m
strategy: roundrobin
metadata:
  labels: {app: shop, version: major}
containers:
  - name: web
    image: nginx:latest
    command:
    resource: {cpu: 1, memory: 40m}
    port: 80
  - name: side
    image: busybox
    command: [sleep, 3600]
    resource:
    cpu: 0.5
    memory: 20m
    port:
`;

describe('parseManifests()', () => {
  test('converts a dialect Pod', () => {
    const [pod] = parse(POD) as [Pod];
    expect(pod.metadata).toEqual({
      name: 'shop',
      labels: { app: 'shop', version: 'major' },
      annotations: { 'minik8s.io/scheduling-strategy': 'roundrobin', 'minik8s.io/cpu': '2', 'minik8s.io/mem': '100Mi' },
    });
    const volumeMounts = [{ name: 'volume-0', mountPath: '/usr/share/nginx/html/' }];
    expect(pod.spec).toEqual({
      volumes: [{ name: 'volume-0', hostPath: { path: '$/userland/site/', type: 'DirectoryOrCreate' } }],
      containers: [
        {
          name: 'web',
          image: 'nginx:latest',
          imagePullPolicy: 'IfNotPresent',
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '1', memory: '40Mi' } },
          volumeMounts,
        },
        {
          name: 'side',
          image: 'busybox',
          imagePullPolicy: 'IfNotPresent',
          command: ['sleep', '3600'],
          resources: { limits: { cpu: '500m', memory: '20Mi' } },
          volumeMounts,
        },
      ],
    });
  });

  test('shares what is left of the ceiling among containers without limits', () => {
    const text =
      'kind: Pod\nname: a\ncpu: 1\nmem: 1g\nmetadata:\n  containers: [{name: x, image: i}, {name: y, image: i}]\n';
    const containers = ((parse(text)[0] as Pod).spec?.containers ?? []) as Container[];
    expect(containers.map((container) => container.resources?.limits)).toEqual([
      { cpu: '500m', memory: '512Mi' },
      { cpu: '500m', memory: '512Mi' },
    ]);
  });

  test('makes a DNS name of a name with capitals and underscores and keeps the original', () => {
    const [pod] = parse('kind: Pod\nname: Example-HPA_pod\ncontainers: [{name: Web, image: i}]\n') as [Pod];
    expect(pod.metadata.name).toBe('example-hpa-pod');
    expect(pod.metadata.annotations).toEqual({ 'minik8s.io/name': 'Example-HPA_pod' });
    expect(pod.spec?.containers[0]?.name).toBe('web');
  });

  test('converts a ReplicaSet: the template is the object itself', () => {
    const [set] = parse(
      'kind: ReplicaSet\nname: rs\nspec: {replicas: 3}\nmetadata: {labels: {app: web}}\ncontainers: [{name: c, image: i}]\n',
    ) as [ReplicaSet];
    expect(set.spec).toMatchObject({
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    });
  });

  test('converts a Service', () => {
    const [service] = parse(
      'kind: Service\nname: svc\ntype: NodePort\nclusterIP: 192.168.88.88\nstrategy: random\nselector: {app: web}\nports: [{protocol: tcp, port: 88, targetPort: 80}]\n',
    ) as [Service];
    expect(service.spec).toEqual({
      type: 'NodePort',
      clusterIP: '192.168.88.88',
      selector: { app: 'web' },
      ports: [{ protocol: 'TCP', port: 88, targetPort: 80 }],
    });
    expect(service.metadata.annotations).toEqual({ 'minik8s.io/service-strategy': 'random' });
  });

  test('converts a Dns: one host, the path taken off before the Service', () => {
    const [ingress] = parse(
      'kind: Dns\nname: Shop_dns\nhost: Shop.local\npaths:\n- {path: cart, service_name: cart_service, service_port: 88}\n- {path: /, service_name: home, service_port: 80}\n',
    ) as [Ingress];
    expect(ingress).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        name: 'shop-dns',
        annotations: {
          'minik8s.io/name': 'Shop_dns',
          'nginx.ingress.kubernetes.io/use-regex': 'true',
          'nginx.ingress.kubernetes.io/rewrite-target': '/$2',
        },
      },
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host: 'shop.local',
            http: {
              paths: [
                {
                  path: '/cart(/|$)(.*)',
                  pathType: 'ImplementationSpecific',
                  backend: { service: { name: 'cart-service', port: { number: 88 } } },
                },
                {
                  path: '/()(.*)',
                  pathType: 'ImplementationSpecific',
                  backend: { service: { name: 'home', port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    });
  });

  test('passes canonical documents as they are, mixed with dialect ones', () => {
    const objects = parse(`${POD}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {a: "1"}\n---\n`);
    expect(objects.map((object) => object.kind)).toEqual(['Pod', 'ConfigMap']);
    expect(objects[1]).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data: { a: '1' } });
  });

  test('leaves templates of others in canonical documents alone', () => {
    const text = `${POD}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm}\ndata: {chart: "{{ .Values.x }}"}\n`;
    expect(parse(text)[1]).toMatchObject({ data: { chart: '{{ .Values.x }}' } });
  });

  test('fills in environment variables of the caller', () => {
    const [pod] = parse('kind: Pod\nname: "{{ env.NAME }}"\ncontainers: [{name: c, image: i}]\n', { NAME: 'mine' }) as [
      Pod,
    ];
    expect(pod.metadata.name).toBe('mine');
  });

  test.each<[string, string, string]>([
    [
      'an unknown field',
      'kind: Pod\nname: a\ncontainers:\n  - name: c\n    image: i\n    prot: 80\n',
      'x.yaml:6: containers[0].prot: unknown field, expected one of: ',
    ],
    [
      'a wrong type',
      'kind: Pod\nname: a\ncontainers:\n  - name: c\n    image: i\n    port: eighty\n',
      'x.yaml:6: containers[0].port: "eighty" is wrong, expected a whole number from 1 to 65535',
    ],
    [
      'an unknown kind',
      'kind: Pood\nname: a\n',
      'x.yaml:1: kind: "Pood" is unknown, expected one of: Dns, Node, Pod, ReplicaSet, Service',
    ],
    [
      'a Dns without paths',
      'kind: Dns\nname: d\nhost: shop.local\n',
      'paths: is missing, expected a list such as [{path: cart,',
    ],
    [
      'a host that is no name',
      'kind: Dns\nname: d\nhost: shop_local\npaths: [{path: a, service_name: s, service_port: 1}]\n',
      'x.yaml:3: host: "shop_local" is wrong, expected a name such as shop.local',
    ],
    [
      'a missing image',
      'kind: Pod\nname: a\ncontainers:\n  - name: c\n',
      'x.yaml:4: containers[0].image: is missing, expected text',
    ],
    ['a duplicate key', 'kind: Pod\nname: a\nname: b\n', 'x.yaml:3: Map keys must be unique (column 1)'],
    ['bad YAML', 'kind: Pod\n  name: a\n', 'x.yaml:1: '],
    ['a list', '- a\n- b\n', 'x.yaml:1: expected a mapping of fields, found a list'],
    [
      'a bad amount',
      'kind: Pod\nname: a\nmem: lots\ncontainers: [{name: c, image: i}]\n',
      'x.yaml:3: mem: "lots" is wrong, expected an amount such as 512k, 100m or 1g',
    ],
    [
      'a relative volume',
      'kind: Pod\nname: a\nvolume: ["site:/html"]\ncontainers: [{name: c, image: i}]\n',
      'x.yaml:3: volume: "site:/html" is wrong',
    ],
    [
      'limits above the ceiling',
      'kind: Pod\nname: a\ncpu: 1\ncontainers: [{name: c, image: i, cpu: 2}]\n',
      'x.yaml:3: cpu: the containers ask for more than the pod may use',
    ],
    ['an unset variable', 'kind: Pod\nname: {{ env.NOBODY }}\n', 'x.yaml:2: environment variable NOBODY is not set'],
    [
      'any other template',
      'kind: Pod\nname: {{ 1 + 1 }}\n',
      'x.yaml:2: unknown expression "{{ 1 + 1 }}"; expected {{ env.NAME }}',
    ],
    [
      'two names that collide',
      'kind: Pod\nname: a_b\ncontainers: [{name: c, image: i}]\n---\nkind: Pod\nname: A-B\ncontainers: [{name: c, image: i}]\n',
      'x.yaml:5: name: "A-B" and "a_b" (line 1) are the same Pod "a-b"',
    ],
    [
      'a canonical document without a name',
      'apiVersion: v1\nkind: Pod\nmetadata: {}\n',
      'x.yaml:3: metadata.name: is missing, expected a name',
    ],
  ])('refuses %s with file, line, path and what is expected', (_, text, expected) => {
    expect(mistake(text)).toContain(expected);
  });
});

test('a node file becomes the Node its machine will fill', () => {
  const [node] = parse('kind: Node\nname: Worker_1\nIP_ADDRESS: 192.0.2.11\nWORKER_PORT: 10250\n');
  expect(node).toEqual({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'worker-1',
      annotations: {
        'minik8s.io/name': 'Worker_1',
        'alpha.kubernetes.io/provided-node-ip': '192.0.2.11',
        'minik8s.io/node-file': '{"role":"worker","workerPort":10250}',
      },
    },
  });
});

describe('manifestPath()', () => {
  const context = { projectRoot: '/opt/minik8s', workingDirectory: '/home/me', env: {} };
  test.each([
    ['$/userland/x.yaml', '/opt/minik8s/userland/x.yaml'],
    ['x.yaml', '/home/me/x.yaml'],
    ['/tmp/x.yaml', '/tmp/x.yaml'],
  ])('%s is %s', (name, expected) => expect(manifestPath(name, context)).toBe(expected));
});

describe('loadManifests()', () => {
  const context = { projectRoot: '/opt/minik8s', workingDirectory: '/tmp', env: {} };
  test('names a file that does not exist', () => {
    expect(() => loadManifests('no-such-file.yaml', context)).toThrow(
      'no-such-file.yaml: no such file (looked for /tmp/no-such-file.yaml)',
    );
  });
});
