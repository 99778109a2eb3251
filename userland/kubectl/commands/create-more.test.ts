import { POLICY_CREATES } from './create-policies';
import { RIGHTS_CREATES } from './create-rights';

const SURROUNDINGS = {
  workingDirectory: '/',
  command: ['date'],
  find: (type: string) => Promise.resolve({ group: type === 'deployments' ? 'apps' : '', plural: type }),
  read: () => Promise.reject(new Error('no cluster')),
};

const rights = (name: string, flags: object) =>
  Promise.resolve(RIGHTS_CREATES.find((typed) => typed.name === name)?.build('x', flags, SURROUNDINGS));
const policy = async (name: string, flags: object) =>
  POLICY_CREATES.find((typed) => typed.name === name)?.build('x', flags, SURROUNDINGS);

test('create role makes one rule for each API group', async () => {
  const flags = { verb: ['get'], resource: ['pods', 'pods/log', 'deployments'] };
  expect(await rights('role', flags)).toMatchObject({
    kind: 'Role',
    rules: [
      { verbs: ['get'], apiGroups: [''], resources: ['pods', 'pods/log'] },
      { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] },
    ],
  });
  await expect(rights('role', { resource: ['pods'] })).rejects.toThrow('at least one verb must be specified');
});

test('create rolebinding names subjects of all kinds', async () => {
  const flags = { role: 'reader', user: ['me'], group: ['us'], serviceaccount: ['lab:robot'] };
  expect(await rights('rolebinding', flags)).toMatchObject({
    roleRef: { kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'User', name: 'me' },
      { kind: 'Group', name: 'us' },
      { kind: 'ServiceAccount', namespace: 'lab', name: 'robot' },
    ],
  });
});

test.each<[string, object, object]>([
  ['quota', { hard: ['pods=3', 'cpu=1'] }, { spec: { hard: { pods: '3', cpu: '1' } } }],
  ['priorityclass', { value: 1000 }, { value: 1000, preemptionPolicy: 'PreemptLowerPriority' }],
  [
    'poddisruptionbudget',
    { selector: 'app=web', minAvailable: '50%' },
    { spec: { minAvailable: '50%', selector: { matchLabels: { app: 'web' } } } },
  ],
  [
    'ingress',
    { rule: ['lab.example/shop*=web:80,tls=cert', 'lab.example/api=api:http'] },
    {
      spec: {
        tls: [{ hosts: ['lab.example'], secretName: 'cert' }],
        rules: [
          {
            host: 'lab.example',
            http: {
              paths: [
                { path: '/shop', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
                { path: '/api', pathType: 'Exact', backend: { service: { name: 'api', port: { name: 'http' } } } },
              ],
            },
          },
        ],
      },
    },
  ],
  [
    'cronjob',
    { image: 'busybox', schedule: '* * * * *' },
    { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { restartPolicy: 'OnFailure' } } } } } },
  ],
])('create %s makes what kubectl makes', async (name, flags, expected) => {
  expect(await policy(name, flags)).toMatchObject(expected);
});
