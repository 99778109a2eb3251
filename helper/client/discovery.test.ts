import type { ApiClient } from './client';
import { discoverResources } from './discovery';

const VERBS = ['list', 'watch', 'delete'];
const resource = (name: string, kind: string) => ({ name, kind, namespaced: true, verbs: VERBS });
const DOCUMENTS: Readonly<Record<string, object>> = {
  '/apis': { groups: [{ name: 'x.io', versions: [{ version: 'v2' }, { version: 'v1' }] }] },
  '/api/v1': { resources: [resource('pods', 'Pod'), resource('pods/log', 'Pod')] },
  '/apis/x.io/v2': { resources: [resource('apples', 'Apple')] },
  '/apis/x.io/v1': { resources: [resource('apples', 'Apple'), resource('pears', 'Pear')] },
};

const clientOf = (broken: string) =>
  ({
    async raw(_method: string, path: string) {
      if (path === broken) throw new Error('no answer');
      return DOCUMENTS[path];
    },
  }) as unknown as ApiClient;

describe('discoverResources()', () => {
  test('finds every kind once: in the preferred version, or in another when only that has it', async () => {
    const { resources, failures } = await discoverResources(clientOf(''));
    expect(resources.map(({ group, version, plural }) => [group, version, plural])).toEqual([
      ['', 'v1', 'pods'],
      ['x.io', 'v2', 'apples'],
      ['x.io', 'v1', 'pears'],
    ]);
    expect(failures).toEqual([]);
  });

  test('reports a version that cannot be read and goes on with the others', async () => {
    const { resources, failures } = await discoverResources(clientOf('/apis/x.io/v2'));
    expect(resources.map(({ version, plural }) => `${version} ${plural}`)).toEqual([
      'v1 pods',
      'v1 apples',
      'v1 pears',
    ]);
    expect(failures).toEqual([{ groupVersion: 'x.io/v2', message: 'no answer' }]);
  });
});
