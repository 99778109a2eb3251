import { strictProblems } from './decode-body';

describe('strictProblems()', () => {
  const TEXT = `{
    "spec": {
      "strange": { "a": 1, "a": 2 },
      "paused": true,
      "paused": false,
      "strange": 0,
      "containers": [{ "odd": 1, "image": "a", "image": "b" }]
    },
    "last": 1
  }`;
  const unknown = ['last', 'spec.strange', 'spec.containers[0].odd'];
  const duplicates = ['spec.strange.a', 'spec.paused', 'spec.strange', 'spec.containers[0].image'];

  it('names them in the order of the text, and looks into no unknown field', () => {
    expect(strictProblems(unknown, duplicates, TEXT)).toEqual([
      'unknown field "spec.strange"',
      'duplicate field "spec.paused"',
      'unknown field "spec.containers[0].odd"',
      'duplicate field "spec.containers[0].image"',
      'unknown field "last"',
    ]);
  });

  it('names unknown fields first when there is no JSON', () => {
    expect(strictProblems(['b'], ['a'])).toEqual(['unknown field "b"', 'duplicate field "a"']);
    expect(strictProblems([], [])).toEqual([]);
  });
});
