import type { Service } from '../../../helper/api/core/service';
import type { EndpointSlice } from '../../../helper/api/discovery/endpoint-slice';
import type { Ingress } from '../../../helper/api/networking/ingress';
import { type Cluster, planServers } from './plan-servers';

const PREFIX = 'nginx.ingress.kubernetes.io/';

const service = (name: string, spec: Service['spec'] = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { clusterIP: '10.96.0.9', ports: [{ name: 'http', port: 80 }], ...spec },
});
const slice: EndpointSlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 's', namespace: 'default' },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080 }],
  endpoints: [{ addresses: ['10.244.0.7'] }, { addresses: ['10.244.0.8'], conditions: { ready: false } }],
};
const SERVICES = new Map([
  ['web', service('web')],
  ['next', service('next', { clusterIP: '10.96.0.10' })],
  ['headless', service('headless', { clusterIP: 'None' })],
  ['idle', service('idle')],
  ['far', service('far', { type: 'ExternalName', externalName: 'example.com', clusterIP: '' })],
]);
const cluster: Cluster = {
  service: (_, name) => SERVICES.get(name),
  slices: (_, name) => (name === 'idle' ? [] : [slice]),
  secret: (_, name) =>
    name === 'pair'
      ? { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { 'tls.crt': 'Q1JU', 'tls.key': 'S0VZ' } }
      : undefined,
};

type Path = [path: string, pathType: string, service: string, port?: number | string];
function ingress(name: string, host: string, paths: Path[], annotations = {}, more: Ingress['spec'] = {}): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'default', annotations, creationTimestamp: `2026-01-01T00:00:0${name.length}Z` },
    spec: {
      rules: [
        {
          ...(host ? { host } : {}),
          http: {
            paths: paths.map(([path, pathType, to, port = 80]) => ({
              path,
              pathType,
              backend: { service: { name: to, port: typeof port === 'string' ? { name: port } : { number: port } } },
            })),
          },
        },
      ],
      ...more,
    },
  };
}

/** `host match path -> addresses`, and the findings as `key kind field: reason`. */
function outline(...ingresses: Ingress[]): string[] {
  const { servers, findings } = planServers(ingresses, cluster);
  return [
    ...servers.flatMap(({ host, locations, tls }) =>
      locations.map(
        ({ match, path, upstream, canary }) =>
          `${host || '*'}${tls ? ' tls' : ''} ${match} ${path} -> ${upstream.addresses.join(' ') || 'nobody'}${canary ? ` | ${canary.upstream.addresses.join(' ')}` : ''}`,
      ),
    ),
    ...[...findings].flatMap(([key, list]) =>
      list.map(({ kind, field, reason }) => `${key} ${kind} ${field}: ${reason}`),
    ),
  ];
}

describe('planServers()', () => {
  it.each<[string, Ingress[], string[]]>([
    ['plans nothing for nothing', [], []],
    [
      'keeps the kinds of paths apart',
      [
        ingress('a', 'h', [
          ['/x', 'Exact', 'web'],
          ['/x/', 'Prefix', 'web', 'http'],
          ['/y', 'ImplementationSpecific', 'web'],
        ]),
      ],
      ['h exact /x -> 10.96.0.9:80', 'h prefix /x -> 10.96.0.9:80', 'h prefix /y -> 10.96.0.9:80'],
    ],
    [
      'takes paths as patterns where a rewrite wants it',
      [ingress('a', '', [['/c(/|$)(.*)', 'ImplementationSpecific', 'web']], { [`${PREFIX}rewrite-target`]: '/$2' })],
      ['* regex /c(/|$)(.*) -> 10.96.0.9:80'],
    ],
    [
      'goes to the pods of a headless Service',
      [ingress('a', 'h', [['/', 'Prefix', 'headless']])],
      ['h prefix / -> 10.244.0.7:8080'],
    ],
    [
      'goes to an external name',
      [ingress('a', 'h', [['/', 'Prefix', 'far', 8000]])],
      ['h prefix / -> example.com:8000'],
    ],
    [
      'names what is missing, and the path answers 503',
      [
        ingress('a', 'h', [
          ['/a', 'Prefix', 'none'],
          ['/b', 'Prefix', 'idle'],
          ['/c', 'Prefix', 'web', 81],
        ]),
      ],
      [
        'h prefix /a -> nobody',
        'h prefix /b -> nobody',
        'h prefix /c -> nobody',
        'default/a backend spec.rules[0].http.paths[0].backend.service: Service "default/none" not found: path "/a" of host "h" answers 503',
        'default/a backend spec.rules[0].http.paths[1].backend.service: Service "default/idle" has no ready endpoints: path "/b" of host "h" answers 503',
        'default/a backend spec.rules[0].http.paths[2].backend.service: Service "default/web" has no port 81: path "/c" of host "h" answers 503',
      ],
    ],
    [
      'gives a path to the older of two, and joins the rest',
      [
        ingress('younger', 'h', [
          ['/', 'Prefix', 'next'],
          ['/n', 'Prefix', 'next'],
        ]),
        ingress('a', 'h', [['/', 'Prefix', 'web']]),
      ],
      [
        'h prefix / -> 10.96.0.9:80',
        'h prefix /n -> 10.96.0.10:80',
        'default/younger conflict spec.rules[0].http.paths[0]: path "/" of host "h" belongs to Ingress default/a already',
      ],
    ],
    [
      'sends what no rule takes to the default backend',
      [
        ingress(
          'a',
          'h',
          [['/x', 'Prefix', 'web']],
          {},
          { defaultBackend: { service: { name: 'next', port: { number: 80 } } } },
        ),
      ],
      ['h prefix /x -> 10.96.0.9:80', 'h prefix / -> 10.96.0.10:80'],
    ],
    [
      'adds a canary to the path it is for',
      [
        ingress('c', 'h', [['/', 'Prefix', 'next']], { [`${PREFIX}canary`]: 'true', [`${PREFIX}canary-weight`]: '10' }),
        ingress('main', 'h', [['/', 'Prefix', 'web']]),
      ],
      ['h prefix / -> 10.96.0.9:80 | 10.96.0.10:80'],
    ],
    [
      'refuses a canary without anything to join',
      [ingress('c', 'h', [['/', 'Prefix', 'next']], { [`${PREFIX}canary`]: 'true' })],
      [
        'default/c canary spec.rules[0].http.paths[0]: no other Ingress has path "/" of host "h" for this canary to join',
      ],
    ],
    [
      'has HTTPS where there is a certificate, and names a Secret that is missing',
      [
        ingress('a', 'x.h', [['/', 'Prefix', 'web']], {}, { tls: [{ secretName: 'pair', hosts: ['*.h'] }] }),
        ingress('bb', 'y', [['/', 'Prefix', 'web']], {}, { tls: [{ secretName: 'none' }] }),
      ],
      [
        'x.h tls prefix / -> 10.96.0.9:80',
        'y prefix / -> 10.96.0.9:80',
        'default/bb certificate spec.tls[0].secretName: Secret "default/none" of type kubernetes.io/tls not found: its hosts have no HTTPS',
      ],
    ],
    [
      'leaves a wrong Ingress out, whole, with field and reason',
      [
        ingress('a', 'h', [
          ['/a b', 'Prefix', 'web'],
          ['/ok', 'Prefix', 'web'],
        ]),
        ingress('bb', 'g', [['/(', 'Prefix', 'web']], { [`${PREFIX}use-regex`]: 'true' }),
      ],
      [
        'default/a refused spec.rules[0].http.paths[0].path: "/a b" must not contain " "',
        'default/bb refused spec.rules[0].http.paths[0].path: Invalid regular expression: //(/: Unterminated group',
      ],
    ],
  ])('%s', (_, ingresses, expected) => expect(outline(...ingresses)).toEqual(expected));

  it('hands over certificates as files', () => {
    const plan = planServers(
      [ingress('a', 'h', [['/', 'Prefix', 'web']], {}, { tls: [{ secretName: 'pair' }] })],
      cluster,
    );
    expect([...plan.files]).toEqual([
      ['default.pair.crt', 'CRT'],
      ['default.pair.key', 'KEY'],
    ]);
  });
});
