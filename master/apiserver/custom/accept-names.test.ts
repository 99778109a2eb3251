import type { CustomResourceDefinition } from '../../../helper/api/apiextensions/definition';
import { acceptNames } from './accept-names';

const NOW = '2026-01-01T00:00:00Z';
const LATER = '2026-01-02T00:00:00Z';

function definition(plural: string, kind: string, shortNames: string[] = []): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List`, shortNames },
      versions: [],
    },
  };
}

const accepted = (given: CustomResourceDefinition, all: CustomResourceDefinition[] = []) => ({
  ...given,
  status: acceptNames(given, all, NOW),
});
const conditionsOf = ({ conditions = [] }: ReturnType<typeof acceptNames>) =>
  conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

describe('acceptNames()', () => {
  it('gives free names and establishes the definition', () => {
    const status = acceptNames(definition('foos', 'Foo', ['f']), [], NOW);
    expect(status.acceptedNames).toEqual({
      plural: 'foos',
      singular: 'foo',
      kind: 'Foo',
      listKind: 'FooList',
      shortNames: ['f'],
    });
    expect(conditionsOf(status)).toEqual(['NamesAccepted True NoConflicts', 'Established True InitialNamesAccepted']);
  });

  test.each([
    [
      'a short name that is a plural',
      definition('bars', 'Bar', ['foos']),
      'ShortNamesConflict',
      '"foos" is already in use',
    ],
    [
      'two short names',
      definition('bars', 'Bar', ['f', 'foo']),
      'ShortNamesConflict',
      '["f" is already in use, "foo" is already in use]',
    ],
    ['a kind', definition('bars', 'Foo'), 'KindConflict', '"Foo" is already in use'],
  ])('refuses %s of another definition', (_name, given, reason, message) => {
    const first = accepted(definition('foos', 'Foo', ['f']));
    const status = acceptNames(given, [first, given], NOW);
    const [names, established] = status.conditions ?? [];
    if (reason !== 'KindConflict')
      expect(names).toMatchObject({ type: 'NamesAccepted', status: 'False', reason, message });
    else expect(names).toMatchObject({ type: 'NamesAccepted', status: 'False' });
    expect(established).toMatchObject({ type: 'Established', status: 'False', reason: 'NotAccepted' });
  });

  it('lets other groups have the same names', () => {
    const other = definition('foos', 'Foo');
    other.spec.group = 'other.com';
    expect(conditionsOf(acceptNames(definition('foos', 'Foo'), [accepted(other)], NOW))[1]).toContain(
      'Established True',
    );
  });

  it('stays established when a later name is refused, and keeps the old one', () => {
    const taken = accepted(definition('bars', 'Bar', ['b']));
    const own = accepted(definition('foos', 'Foo', ['f']), [taken]);
    own.spec.names.shortNames = ['b'];
    const status = acceptNames(own, [taken, own], LATER);
    expect(status.acceptedNames.shortNames).toEqual(['f']);
    expect(conditionsOf(status)).toEqual([
      'NamesAccepted False ShortNamesConflict',
      'Established True InitialNamesAccepted',
    ]);
    expect(status.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([LATER, NOW]);
  });

  it('says the same again when nothing changed', () => {
    const own = accepted(definition('foos', 'Foo'));
    expect(acceptNames(own, [own], LATER)).toEqual(own.status);
  });
});
