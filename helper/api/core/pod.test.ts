import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import { type Pod, podKind } from './pod';
import { addDefaultTolerations } from './pod-admission';
import { defaultImagePullPolicy } from './pod-defaults';

const { strategy } = podKind;

/** A valid pod after defaults; `change` edits the spec before them. */
function podWith(change: (spec: PodSpec, container: Container) => void = () => undefined): Pod {
  const container: Container = { name: 'web', image: 'nginx:1.27' };
  const spec: PodSpec = { containers: [container] };
  change(spec, container);
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', resourceVersion: '1' },
    spec,
  };
  strategy.prepareForCreate?.(pod);
  strategy.applyDefaults?.(pod);
  return pod;
}

const said = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message}`);

describe('defaults of a pod', () => {
  test('an almost empty pod gets what Kubernetes gives it', () => {
    const pod = podWith();
    expect(pod.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    expect(pod.spec).toEqual({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      containers: [
        {
          name: 'web',
          image: 'nginx:1.27',
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          resources: {},
        },
      ],
    });
  });

  test.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/team/nginx:2', 'IfNotPresent'],
    ['nginx@sha256:abc', 'IfNotPresent'],
    ['nginx:latest@sha256:abc', 'IfNotPresent'],
    ['', 'Always'],
  ])('defaultImagePullPolicy(%p) is %p', (image, policy) => {
    expect(defaultImagePullPolicy(image)).toBe(policy);
  });

  test('probes, ports, field references, volumes and amounts are completed', () => {
    const pod = podWith((spec, container) => {
      container.ports = [{ containerPort: 80 }];
      container.readinessProbe = { httpGet: { port: 80 } };
      container.resources = { limits: { cpu: 0.5 as unknown as string, memory: '1024Mi' } };
      container.env = [
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      ];
      spec.hostNetwork = true;
      spec.volumes = [
        { name: 'none' },
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'host', hostPath: { path: '/srv' } },
        { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ];
    });
    const [container] = pod.spec?.containers ?? [];
    expect(container).toMatchObject({
      ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }],
      readinessProbe: {
        httpGet: { port: 80, path: '/', scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
      resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } },
      env: [{ valueFrom: { fieldRef: { apiVersion: 'v1' } } }, { valueFrom: { resourceFieldRef: { divisor: '0' } } }],
    });
    expect(pod.spec?.volumes).toEqual([
      { name: 'none', emptyDir: {} },
      { name: 'settings', configMap: { name: 'settings', defaultMode: 420 } },
      { name: 'host', hostPath: { path: '/srv', type: '' } },
      {
        name: 'token',
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] },
      },
    ]);
    expect(strategy.validate(pod)).toEqual([]);
  });

  test('addDefaultTolerations() adds two, once, and respects those of the author', () => {
    const pod = podWith((spec) => {
      spec.tolerations = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }];
    });
    addDefaultTolerations(pod, 300);
    addDefaultTolerations(pod, 300);
    expect(pod.spec?.tolerations).toEqual([
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ]);
  });
});

describe('validation of a pod', () => {
  type Change = (spec: PodSpec, container: Container) => void;
  const cases: [string, Change, string[]][] = [
    [
      'no containers',
      (spec) => {
        spec.containers = [];
      },
      ['spec.containers: Required value'],
    ],
    ['no image', (_s, c) => void delete c.image, ['spec.containers[0].image: Required value']],
    [
      'a bad container name',
      (_s, c) => {
        c.name = 'Web_1';
      },
      [
        expect.stringMatching(/^spec.containers\[0\].name: Invalid value: "Web_1": a lowercase RFC 1123 label must/),
      ] as string[],
    ],
    [
      'two containers of one name',
      (s) => void s.containers.push({ name: 'web', image: 'x' }),
      ['spec.containers[1].name: Duplicate value: "web"'],
    ],
    [
      'a mount without volume',
      (_s, c) => {
        c.volumeMounts = [{ name: 'data', mountPath: '/data' }];
      },
      ['spec.containers[0].volumeMounts[0].name: Not found: "data"'],
    ],
    [
      'two mounts on one path',
      (s, c) => {
        s.volumes = [{ name: 'a' }];
        c.volumeMounts = [
          { name: 'a', mountPath: '/x' },
          { name: 'a', mountPath: '/x' },
        ];
      },
      ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/x": must be unique'],
    ],
    [
      'a volume of two types and one twice',
      (s) => {
        s.volumes = [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }, { name: 'a' }];
      },
      [
        'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
        'spec.volumes[1].name: Duplicate value: "a"',
      ],
    ],
    [
      'a request above its limit',
      (_s, c) => {
        c.resources = { requests: { cpu: '2' }, limits: { cpu: '1' } };
      },
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      'amounts that are none',
      (_s, c) => {
        c.resources = { limits: { memory: 'much', cpu: '-1' } };
      },
      [
        `spec.containers[0].resources.limits[memory]: Invalid value: "much": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
        'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
    [
      'an unknown resource',
      (_s, c) => {
        c.resources = { limits: { gpu: '1' } };
      },
      expect.arrayContaining([
        'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
      ]) as unknown as string[],
    ],
    [
      'a bad port',
      (_s, c) => {
        c.ports = [{ containerPort: 70000, protocol: 'ICMP' }];
      },
      [
        'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
        'spec.containers[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
    [
      'env from nowhere and from two places',
      (_s, c) => {
        c.env = [
          { name: 'A', valueFrom: {} },
          {
            name: 'B',
            valueFrom: { configMapKeyRef: { name: 'x', key: 'k' }, secretKeyRef: { name: 'x', key: 'k' } },
          },
          { name: '' },
          { name: 'C', valueFrom: { fieldRef: { fieldPath: 'status.secret' } } },
        ];
      },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
        'spec.containers[0].env[1].valueFrom: Invalid value: "": may not have more than one field specified at a time',
        'spec.containers[0].env[2].name: Required value',
        'spec.containers[0].env[3].valueFrom.fieldRef.fieldPath: Invalid value: "status.secret": error converting fieldPath: field label not supported: status.secret',
      ],
    ],
    [
      'envFrom nothing',
      (_s, c) => {
        c.envFrom = [{}];
      },
      ['spec.containers[0].envFrom[0]: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
    ],
    [
      'a probe that asks nothing, and a liveness probe that wants two successes',
      (_s, c) => {
        c.readinessProbe = {};
        c.livenessProbe = { tcpSocket: { port: 'http' }, successThreshold: 2 };
      },
      [
        'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
        'spec.containers[0].readinessProbe: Required value: must specify a handler type',
      ],
    ],
    [
      'an init container with a probe',
      (s) => {
        s.initContainers = [{ name: 'init', image: 'x', readinessProbe: { exec: { command: ['true'] } } }];
      },
      [
        'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
    [
      'unknown policies',
      (s, c) => {
        s.restartPolicy = 'Sometimes';
        s.dnsPolicy = 'Magic';
        c.imagePullPolicy = 'Maybe';
      },
      [
        'spec.containers[0].imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"',
        'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
        'spec.dnsPolicy: Unsupported value: "Magic": supported values: "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"',
      ],
    ],
    [
      'tolerations without sense',
      (s) => {
        s.tolerations = [{ operator: 'Equal' }, { key: 'a', tolerationSeconds: 3 }];
      },
      [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
        'spec.tolerations[1].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      ],
    ],
    [
      'spreading and affinity without keys',
      (s) => {
        s.topologySpreadConstraints = [{ maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Never' }];
        s.affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] } };
      },
      [
        'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
        'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
        'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
        'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Never": supported values: "DoNotSchedule", "ScheduleAnyway"',
      ],
    ],
    [
      'privilege both given and taken',
      (_s, c) => {
        c.securityContext = { privileged: true, allowPrivilegeEscalation: false, runAsUser: -1 };
      },
      expect.arrayContaining([
        'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      ]) as unknown as string[],
    ],
    [
      'a host path upwards and a token too short',
      (s) => {
        s.volumes = [
          { name: 'a', hostPath: { path: '/a/../b', type: 'Thing' } },
          { name: 'b', projected: { sources: [{ serviceAccountToken: { path: '/t', expirationSeconds: 5 } }] } },
        ];
      },
      [
        `spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
        'spec.volumes[0].hostPath.type: Unsupported value: "Thing": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
        'spec.volumes[1].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
        'spec.volumes[1].projected.sources[0].serviceAccountToken.path: Invalid value: "/t": must be a relative path',
      ],
    ],
    [
      'one host port twice',
      (_s, c) => {
        c.ports = [
          { containerPort: 80, hostPort: 8080 },
          { containerPort: 81, hostPort: 8080 },
        ];
      },
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//8080"'],
    ],
    [
      'a deadline of zero',
      (s) => {
        s.activeDeadlineSeconds = 0;
      },
      ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    ],
  ];

  test.each(cases)('refuses %s', (_name, change, expected) => {
    expect(said(strategy.validate(podWith(change)))).toEqual(expected);
  });
});

describe('update of a pod', () => {
  const update = (change: (pod: Pod) => void, before: (spec: PodSpec) => void = () => undefined) => {
    const old = podWith(before);
    const pod = structuredClone(old);
    change(pod);
    return said(strategy.validateUpdate?.(pod, old) ?? []);
  };
  const spec = (pod: Pod): PodSpec => pod.spec ?? { containers: [] };
  const only = expect.stringMatching(/^spec: Forbidden: pod updates may not change fields other than/);

  test('may change images, add tolerations, set and shorten the deadline', () => {
    expect(
      update((pod) => {
        for (const container of spec(pod).containers) container.image = 'nginx:1.28';
        spec(pod).tolerations = [{ key: 'a', operator: 'Exists' }];
        spec(pod).activeDeadlineSeconds = 5;
        pod.metadata.labels = { a: 'b' };
      }),
    ).toEqual([]);
  });

  test.each<[string, (pod: Pod) => void, unknown[]]>([
    [
      'another command',
      (pod) =>
        spec(pod).containers.forEach((c) => {
          c.command = ['x'];
        }),
      [only],
    ],
    [
      'another node',
      (pod) => {
        spec(pod).nodeName = 'elsewhere';
      },
      [only],
    ],
    [
      'another grace period',
      (pod) => {
        spec(pod).terminationGracePeriodSeconds = 1;
      },
      [only],
    ],
    [
      'another node selector',
      (pod) => {
        spec(pod).nodeSelector = { a: 'b' };
      },
      [only],
    ],
    [
      'one more container',
      (pod) => void spec(pod).containers.push({ name: 'b', image: 'b' }),
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    [
      'a new gate',
      (pod) => {
        spec(pod).schedulingGates = [{ name: 'wait' }];
      },
      ["spec.schedulingGates: Forbidden: only deletion is allowed, but found new scheduling gate 'wait'"],
    ],
    [
      'another name',
      (pod) => {
        pod.metadata.name = 'x';
      },
      ['metadata.name: Invalid value: "x": field is immutable'],
    ],
  ])('may not have %s', (_name, change, expected) => {
    expect(update(change)).toEqual(expected);
  });

  test('may not forget a toleration', () => {
    const errors = update(
      (pod) => {
        spec(pod).tolerations = [];
      },
      (before) => {
        before.tolerations = [{ key: 'a', operator: 'Exists' }];
      },
    );
    expect(errors).toEqual([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  });

  test('may remove gates and narrow the node selector while gated', () => {
    const errors = update(
      (pod) => {
        spec(pod).schedulingGates = [];
        spec(pod).nodeSelector = { disk: 'ssd' };
      },
      (before) => {
        before.schedulingGates = [{ name: 'wait' }];
      },
    );
    expect(errors).toEqual([]);
  });

  test('may mend a negative grace period', () => {
    const errors = update(
      (pod) => {
        spec(pod).terminationGracePeriodSeconds = 1;
      },
      (before) => {
        before.terminationGracePeriodSeconds = -5;
      },
    );
    expect(errors).toEqual([]);
  });
});

describe('deletion grace of a pod', () => {
  const scheduled = (change: (pod: Pod) => void = () => undefined) => {
    const pod = podWith((spec) => {
      spec.nodeName = 'node-1';
    });
    change(pod);
    return pod;
  };

  test.each<[string, Pod, number | undefined, number]>([
    ['its own period', scheduled(), undefined, 30],
    ['what was asked for', scheduled(), 5, 5],
    ['nothing when forced', scheduled(), 0, 0],
    ['nothing when no node has it', podWith(), 30, 0],
    [
      'nothing when it has ended',
      scheduled((pod) => {
        pod.status = { phase: 'Succeeded' };
      }),
      30,
      0,
    ],
    ['one second for a negative period', scheduled(), -1, 1],
  ])('is %s', (_name, pod, requested, expected) => {
    expect(strategy.deletionGraceSeconds?.(pod, requested)).toBe(expected);
  });
});

describe('warnings about a pod', () => {
  test('name what is doubtful or not acted upon', () => {
    const pod = podWith((spec, container) => {
      container.env = [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ];
      container.resources = { limits: { memory: '100m' } };
      spec.volumes = [{ name: 'disk', iscsi: { targetPortal: 'x', iqn: 'y', lun: 0 } }];
    });
    pod.metadata.name = 'a.b';
    expect(strategy.warnings?.(pod)).toEqual([
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.volumes[0].iscsi: this cluster cannot mount this type of volume yet',
    ]);
  });
});
