import { evaluatePath, renderJsonPath } from './jsonpath';
import { parseRelaxedPath } from './jsonpath-syntax';

const list = {
  kind: 'List',
  items: [
    {
      metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'web' } },
      status: { phase: 'Running', restarts: 3, conditions: [{ type: 'Ready', status: 'True' }] },
    },
    {
      metadata: { name: 'b' },
      status: { phase: 'Pending', restarts: 0, conditions: [{ type: 'Ready', status: 'False' }] },
    },
    { metadata: { name: 'c' }, status: { phase: 'Running', restarts: 7 } },
  ],
};

describe('renderJsonPath()', () => {
  it.each([
    ['plain text', 'plain text'],
    ['{.kind}', 'List'],
    ['{kind}', 'List'],
    ['{$.kind}', 'List'],
    ['kind is {.kind}!', 'kind is List!'],
    ['{.items[*].metadata.name}', 'a b c'],
    ['{.items[0].metadata.name}', 'a'],
    ['{.items[-1].metadata.name}', 'c'],
    ['{.items[0:2].metadata.name}', 'a b'],
    ['{.items[0:3:2].metadata.name}', 'a c'],
    ['{.items[-2:].metadata.name}', 'b c'],
    ['{.items[0,2].metadata.name}', 'a c'],
    ["{.items[*]['metadata.name', 'status.phase']}", 'a Running b Pending c Running'],
    ["{.items[0].metadata['name']}", 'a'],
    ['{.items[0].metadata.labels.app\\.kubernetes\\.io/name}', 'web'],
    ["{.items[0].metadata.labels['app\\.kubernetes\\.io/name']}", 'web'],
    ["{.items[0].metadata.labels['app.kubernetes.io/name']}", 'web'],
    ['{..name}', 'a b c'],
    ['{.items[?(@.status.phase=="Running")].metadata.name}', 'a c'],
    ["{.items[?(@.status.phase != 'Running')].metadata.name}", 'b'],
    ['{.items[?(@.status.restarts>2)].metadata.name}', 'a c'],
    ['{.items[?(@.status.restarts<=3)].metadata.name}', 'a b'],
    ['{.items[?(@.metadata.labels)].metadata.name}', 'a'],
    ['{.items[?(@.status.conditions[?(@.type=="Ready")].status=="True")].metadata.name}', 'a'],
    ['{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}', 'a\tRunning\nb\tPending\nc\tRunning\n'],
    ['{range .items[*]}[{.metadata.name}, {.status.restarts}] {end}', '[a, 3] [b, 0] [c, 7] '],
    ['{.items[0].status.conditions}', '[{"status":"True","type":"Ready"}]'],
    ['{.items[0].status.restarts}', '3'],
    ['{.nothing.here}', ''],
    ['{.items[9].metadata.name}', ''],
    ['{.items[0].constructor}', ''],
    ['{"a\\"b"}', 'a"b'],
  ])('renders %s', (template, expected) => {
    expect(renderJsonPath(template, list)).toBe(expected);
  });

  it('prints the whole object for {@}', () => {
    expect(JSON.parse(renderJsonPath('{@}', list))).toEqual(list);
  });

  it.each(['{.items[', '{range .items[*]}{.x}', '{end}', '{.items[?(@.x==)]}', '{"open', '{.a', '{.items[?(1+1)]}'])(
    'refuses %s',
    (template) => {
      expect(() => renderJsonPath(template, list)).toThrow(/jsonpath/);
    },
  );
});

describe('parseRelaxedPath()', () => {
  it.each(['.metadata.name', 'metadata.name', '{.metadata.name}', '{metadata.name}'])('takes %s', (text) => {
    expect(evaluatePath(parseRelaxedPath(text), list.items[1])).toEqual(['b']);
  });
});
