import { completionsFor, type Names } from './complete';
import { nearest } from './nearest';
import { splitLine } from './split-line';

describe('splitLine()', () => {
  it.each([
    ['', []],
    ['  show   pods ', ['show', 'pods']],
    ['start -f "my file.yaml"', ['start', '-f', 'my file.yaml']],
    ["get pods -o jsonpath='{.items[*].metadata.name}'", ['get', 'pods', '-o', 'jsonpath={.items[*].metadata.name}']],
    ['x "" y', ['x', '', 'y']],
    ['a\\ b', ['a b']],
    ['-o "jsonpath={\\"\\n\\"}"', ['-o', 'jsonpath={"\\n"}']],
  ])('splits %s', (line, words) => {
    expect(splitLine(line)).toEqual(words);
  });

  it('refuses an open quote', () => {
    expect(() => splitLine('get "pods')).toThrow(/never closed/);
  });
});

describe('nearest()', () => {
  const known = ['get', 'show', 'start', 'stop', 'describe', 'exit'];
  it.each([
    ['shwo', 'show'],
    ['gte', 'get'],
    ['descirbe', 'describe'],
    ['desc', 'describe'],
    ['SHOW', 'show'],
    ['xyzzy', undefined],
  ])('of %s is %s', (word, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });
});

describe('completionsFor()', () => {
  const names: Names = {
    verbs: ['get', 'show', 'stop', 'logs', 'rollout'],
    kinds: async () => ['pods', 'services', 'deployments'],
    objects: async (kind, namespace) =>
      kind === 'namespaces'
        ? ['lab', 'kube-system']
        : kind.startsWith('pod')
          ? ['web-1', 'web-2'].map((name) => (namespace ? `${namespace}-${name}` : name))
          : ['shop'],
    containers: async (pod) => [`${pod}-main`],
    contexts: () => ['minik8s', 'other'],
    flags: (verb) => (verb === 'get' ? ['--namespace', '--watch'] : ['--namespace']),
    subcommands: (verb) => (verb === 'rollout' ? ['status', 'undo'] : []),
  };
  it.each([
    ['s', ['show', 'stop'], 's'],
    ['GE', ['get'], 'GE'],
    ['get p', ['pods'], 'p'],
    ['get pods w', ['web-1', 'web-2'], 'w'],
    ['get pods -n x x-web-2', ['x-web-2'], 'x-web-2'],
    ['get pods -n l', ['lab'], 'l'],
    ['get pods --namespace=k', ['--namespace=kube-system'], '--namespace=k'],
    ['get pods -o y', ['yaml'], 'y'],
    ['get pods --w', ['--watch'], '--w'],
    ['logs web-1 -c ', ['web-1-main'], ''],
    ['logs -f f', [], 'f'],
    ['port-forward svc/', ['svc/shop'], 'svc/'],
    ['config use-context o', ['other'], 'o'],
    ['get pod/w', ['pod/web-1', 'pod/web-2'], 'pod/w'],
    ['logs ', ['web-1', 'web-2'], ''],
    ['show se', ['services'], 'se'],
    ['stop ', ['pod'], ''],
    ['stop pod web-1', ['web-1'], 'web-1'],
    ['rollout st', ['status'], 'st'],
    ['rollout status d', ['deployments', 'daemonsets'], 'd'],
    ['nothing x', [], 'x'],
  ])('offers for %s', async (line, expected, word) => {
    expect(await completionsFor(line, names)).toEqual([expected, word]);
  });
});
