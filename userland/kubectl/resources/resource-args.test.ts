import { Discovery } from './discovery';
import { parseResourceArgs } from './resource-args';

const resource = (name: string, kind: string, shortNames: string[], categories: string[] = []) => ({
  resource: name,
  responseKind: { group: '', version: '', kind },
  scope: name === 'nodes' ? 'Cluster' : 'Namespaced',
  singularResource: kind.toLowerCase(),
  shortNames,
  categories,
  verbs: ['get', 'list'],
});
const core = {
  metadata: {},
  versions: [
    {
      version: 'v1',
      resources: [
        resource('events', 'Event', ['ev']),
        resource('nodes', 'Node', ['no']),
        resource('pods', 'Pod', ['po'], ['all']),
        resource('services', 'Service', ['svc'], ['all']),
      ],
    },
  ],
};
const apps = {
  metadata: { name: 'apps' },
  versions: [{ version: 'v1', resources: [resource('deployments', 'Deployment', ['deploy'], ['all'])] }],
};
const events = {
  metadata: { name: 'events.k8s.io' },
  versions: [{ version: 'v1', resources: [resource('events', 'Event', ['ev'])] }],
};

function createDiscovery(): Discovery {
  const raw = async (_: string, path: string) => ({ items: path === '/api' ? [core] : [apps, events] });
  return new Discovery({ raw });
}

const parse = async (...args: string[]) =>
  (await parseResourceArgs(args, createDiscovery())).map(({ resource: { plural, group }, names }) => [
    group ? `${plural}.${group}` : plural,
    ...names,
  ]);

describe('parseResourceArgs()', () => {
  it.each<[string[], string[][]]>([
    [[], []],
    [['pods'], [['pods']]],
    [['po', 'a', 'b', 'a'], [['pods', 'a', 'b']]],
    [['Pod', 'a'], [['pods', 'a']]],
    [['deploy.apps'], [['deployments.apps']]],
    [['deployments.v1.apps', 'x'], [['deployments.apps', 'x']]],
    [['events'], [['events']]],
    [['events.events.k8s.io'], [['events.events.k8s.io']]],
    [['pods,svc'], [['pods'], ['services']]],
    [['all'], [['pods'], ['services'], ['deployments.apps']]],
    [
      ['pod/a', 'pod/b', 'svc/c'],
      [
        ['pods', 'a', 'b'],
        ['services', 'c'],
      ],
    ],
    [['pod/Shop_Pod'], [['pods', 'Shop_Pod']]],
  ])('reads %j', async (args, expected) => {
    expect(await parse(...args)).toEqual(expected);
  });

  it.each<[string[], RegExp]>([
    [['nope'], /the server doesn't have a resource type "nope"/],
    [['pod/a', 'b'], /there is no need to specify a resource type as a separate argument/],
    [['pod/'], /must have a single resource and name/],
    [['pods,'], /empty type/],
  ])('refuses %j', async (args, message) => {
    await expect(parse(...args)).rejects.toThrow(message);
  });
});
