/** Whole kustomizations on disk, as stock `kubectl kustomize` builds them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AnyObject } from '../resources/get-object';
import { buildKustomization } from './build';
import { contentHash } from './generate';
import { changedImage } from './transform';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kustomize-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes files and builds the folder `over`, else the only one. */
function built(files: Readonly<Record<string, string>>, entry = '.'): AnyObject[] {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return buildKustomization(join(folder, entry));
}

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1.25", env: [{name: A, value: "1"}], envFrom: [{configMapRef: {name: settings}}]}
      - {name: side, image: busybox}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: lab}
`;

test('contentHash() is the hash of stock kustomize', () => {
  const data = { pass: 'c2VjcmV0', user: 'bWU=' };
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, type: 'Opaque', data } as AnyObject;
  expect(contentHash(object)).toBe('545ddd2bm8');
});

test('buildKustomization() names generated objects by content, and references follow', () => {
  const objects = built({
    'kustomization.yaml':
      'resources: [web.yaml]\nconfigMapGenerator: [{name: settings, literals: [a=1, "b=two words"], files: [page.html, renamed=page.html]}]\n',
    'web.yaml': WEB,
    'page.html': '<h1>hi</h1>\n',
  });
  expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
    'Namespace/lab',
    'ConfigMap/settings-8mtdf97cgg',
    'Service/web',
    'Deployment/web',
  ]);
  expect(JSON.stringify(objects[3])).toContain('{"configMapRef":{"name":"settings-8mtdf97cgg"}}');
});

test('buildKustomization() lays an overlay over a base', () => {
  const objects = built(
    {
      'base/kustomization.yaml':
        'resources: [web.yaml]\ncommonLabels: {team: shop}\nconfigMapGenerator: [{name: settings, literals: [a=1]}]\n',
      'base/web.yaml': WEB,
      'over/kustomization.yaml': `
resources: [../base]
namespace: prod
namePrefix: p-
images: [{name: nginx, newTag: "1.27"}]
replicas: [{name: web, count: 5}]
labels: [{pairs: {env: prod}}]
configMapGenerator: [{name: settings, behavior: merge, literals: [a=9, c=3], options: {disableNameSuffixHash: true}}]
patches:
- path: patch.yaml
- target: {kind: Deployment}
  patch: '[{"op": "add", "path": "/spec/template/spec/containers/0/args", "value": ["x"]}]'
`,
      'over/patch.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, env: [{name: A, value: "2"}]}, {name: side, $patch: delete}]}}}
`,
    },
    'over',
  );
  const [namespace, settings, service, deployment] = objects;
  expect(namespace?.metadata.name).toBe('prod');
  expect(settings).toMatchObject({ data: { a: '9', c: '3' } });
  expect(service).toMatchObject({
    metadata: { name: 'p-web', namespace: 'prod', labels: { team: 'shop', env: 'prod' } },
  });
  expect(service?.spec).toMatchObject({ selector: { app: 'web', team: 'shop' } });
  expect(deployment?.spec).toMatchObject({
    replicas: 5,
    selector: { matchLabels: { app: 'web', team: 'shop' } },
    template: {
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx:1.27',
            args: ['x'],
            env: [{ name: 'A', value: '2' }],
            envFrom: [{ configMapRef: { name: settings?.metadata.name } }],
          },
        ],
      },
    },
  });
});

test.each([
  ['nothing there', {}, 'unable to find one of'],
  ['an unknown field', { 'kustomization.yaml': 'helmCharts: []\n' }, 'unknown field "helmCharts"'],
  ['a missing resource', { 'kustomization.yaml': 'resources: [nope.yaml]\n' }, 'no such file or directory'],
  [
    'a file above the folder',
    { 'sub/kustomization.yaml': 'configMapGenerator: [{name: a, files: [../secret]}]\n', secret: 'x' },
    'is not in or below',
  ],
  [
    'a patch for nobody',
    { 'kustomization.yaml': 'patches: [{patch: "{apiVersion: v1, kind: Pod, metadata: {name: x}}"}]\n' },
    'no matches for Id',
  ],
  ['a kustomization that names itself', { 'kustomization.yaml': 'resources: [.]\n' }, 'does one name itself'],
])('buildKustomization() refuses %s', (what, files, words) => {
  expect(() => built(files as Record<string, string>, what.startsWith('a file above') ? 'sub' : '.')).toThrow(words);
});

test.each([
  ['nginx', { name: 'nginx', newTag: '2' }, 'nginx:2'],
  ['nginx:1', { name: 'nginx', newName: 'mine/nginx' }, 'mine/nginx:1'],
  ['r.example:5000/nginx:1', { name: 'r.example:5000/nginx', newTag: '2' }, 'r.example:5000/nginx:2'],
  ['nginx:1', { name: 'nginx', digest: 'sha256:a' }, 'nginx@sha256:a'],
  ['nginx@sha256:a', { name: 'nginx', newTag: '2' }, 'nginx:2'],
  ['other', { name: 'nginx', newTag: '2' }, 'other'],
])('changedImage() of %s', (image, args, expected) => {
  expect(changedImage(image, args)).toBe(expected);
});
