import fc from 'fast-check';
import { isConflict } from '../../../helper/api/status-error';
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { TestObject } from './apply.fixture';
import { customType } from './custom-type';

/**
 * Random histories of applies and updates by several managers, against a model that knows nothing of trees: an object is a
 * table of paths and values, an owner a set of paths.
 */
const TYPE = customType({
  type: 'object',
  properties: {
    size: { type: 'integer' },
    data: { type: 'object', additionalProperties: { type: 'string' } },
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, a: { type: 'integer' }, b: { type: 'integer' } },
      },
    },
    whole: { type: 'array', items: { type: 'integer' } },
  },
});

/** More in a long run: `PROPERTY_RUNS=5000 npx jest master/apiserver/apply`. */
const HISTORIES = Number(process.env.PROPERTY_RUNS ?? 400);

const small = fc.integer({ min: 0, max: 2 });
const names = fc.constantFrom('x', 'y', 'z');
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const content: fc.Arbitrary<JsonObject> = fc
  .record({
    size: some(small),
    data: some(fc.dictionary(names, small.map(String), { minKeys: 1, noNullPrototype: true })),
    tags: some(fc.uniqueArray(names, { minLength: 1 })),
    items: some(
      fc.uniqueArray(fc.record({ name: names, a: some(small), b: some(small) }), {
        minLength: 1,
        selector: (item) => item.name,
      }),
    ),
    whole: some(fc.array(small)),
  })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

const step = fc.record({
  operation: fc.constantFrom('apply' as const, 'apply' as const, 'update' as const),
  manager: fc.constantFrom('m1', 'm2', 'm3'),
  force: fc.boolean(),
  content,
});

type Table = Map<string, string>;

/** Paths with values; things that contain others have a value of their own kind. */
function tableOf(object: JsonObject): Table {
  const table: Table = new Map();
  for (const key of ['size', 'whole']) if (object[key] !== undefined) table.set(`.${key}`, JSON.stringify(object[key]));
  for (const key of ['data', 'tags', 'items']) if (object[key] !== undefined) table.set(`.${key}`, 'container');
  for (const [key, value] of Object.entries((object.data ?? {}) as object)) table.set(`.data.${key}`, String(value));
  for (const tag of (object.tags ?? []) as string[]) table.set(`.tags[="${tag}"]`, tag);
  for (const item of (object.items ?? []) as JsonObject[]) {
    const path = `.items[name="${String(item.name)}"]`;
    table.set(path, 'container');
    for (const [key, value] of Object.entries(item)) table.set(`${path}.${key}`, JSON.stringify(value));
  }
  return table;
}

const CONTAINERS = ['.data', '.tags', '.items'];
const isWithin = (path: string, container: string) => path !== container && path.startsWith(container);

class Model {
  table: Table = new Map();
  owners = new Map<string, Set<string>>();

  private ownersOf(path: string): string[] {
    return [...this.owners].filter(([, paths]) => paths.has(path)).map(([owner]) => owner);
  }

  private remove(path: string): void {
    for (const other of [...this.table.keys()]) {
      if (other !== path && !isWithin(other, path)) continue;
      this.table.delete(other);
      for (const paths of this.owners.values()) paths.delete(other);
    }
  }

  /** Returns the paths in conflict; the model changes only when there are none or `force` is set. */
  apply(manager: string, object: JsonObject, force: boolean): string[] {
    const id = `${manager} Apply`;
    const configured = tableOf(object);
    for (const container of CONTAINERS) configured.delete(container);
    const changed = [...configured].filter(([path, value]) => this.table.get(path) !== value).map(([path]) => path);
    // A container that was emptied comes back with its first content, which its owner hears of.
    const isBack = (path: string) => !this.table.has(path) && changed.some((other) => isWithin(other, path));
    const taken = [...changed, ...CONTAINERS.filter(isBack)];
    const conflicts = taken.filter((path) => this.ownersOf(path).some((owner) => owner !== id));
    if (conflicts.length > 0 && !force) return conflicts;
    for (const path of taken) for (const paths of this.owners.values()) paths.delete(path);
    const last = this.owners.get(id) ?? new Set<string>();
    this.owners.set(id, new Set(configured.keys()));
    for (const [path, value] of configured) {
      const container = CONTAINERS.find((each) => isWithin(path, each));
      if (container) this.table.set(container, 'container');
      this.table.set(path, value);
    }
    this.dropUnowned(last);
    return [];
  }

  private dropUnowned(last: ReadonlySet<string>): void {
    for (const path of last) if (this.ownersOf(path).length === 0) this.remove(path);
    for (const container of CONTAINERS) {
      const hadSome = [...last].some((path) => isWithin(path, container));
      const isOwned = [...this.owners.values()].some((paths) =>
        [...paths].some((path) => path === container || isWithin(path, container)),
      );
      const isEmpty = ![...this.table.keys()].some((path) => isWithin(path, container));
      if (hadSome && !isOwned) this.remove(container);
      // Emptied, not dropped: nothing is left to store, and who owns the container still does.
      else if (hadSome && isEmpty) this.table.delete(container);
    }
  }

  update(manager: string, object: JsonObject): void {
    const id = `${manager} Update`;
    const next = tableOf(object);
    const changed = [...next].filter(([path, value]) => this.table.get(path) !== value).map(([path]) => path);
    for (const path of this.table.keys()) {
      if (!next.has(path)) for (const paths of this.owners.values()) paths.delete(path);
    }
    for (const path of changed) for (const paths of this.owners.values()) paths.delete(path);
    this.owners.set(id, new Set([...(this.owners.get(id) ?? []), ...changed]));
    this.table = next;
  }

  ownership(): Record<string, string[]> {
    const entries = [...this.owners].map(([owner, paths]): [string, string[]] => [owner, [...paths].sort()]);
    return Object.fromEntries(entries.filter(([, paths]) => paths.length > 0));
  }
}

const thing = () => new TestObject(TYPE, 'g/v1', 'Thing');
const sortedOwners = (object: TestObject) =>
  Object.fromEntries(Object.entries(object.owners()).map(([owner, paths]) => [owner, [...paths].sort()]));
const sortedTable = (table: Table) => [...table].sort(([a], [b]) => (a < b ? -1 : 1));

/** Applies and returns the paths in conflict. */
function tryApply(object: TestObject, manager: string, configuration: JsonObject, force: boolean): string[] {
  try {
    object.apply(manager, configuration, { force });
    return [];
  } catch (error) {
    if (!isConflict(error)) throw error;
    const causes = (error as { details?: { causes?: { field?: string }[] } }).details?.causes ?? [];
    return causes.map(({ field }) => field ?? '');
  }
}

describe('applyServerSide() and updateManagers()', () => {
  test('agree with a model without trees over any history', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const object = thing();
        const model = new Model();
        for (const { operation, manager, force, content: wanted } of steps) {
          // An object whose managers are all gone is not tracked until the next apply; the model does not know that.
          if (object.live && !object.live.metadata.managedFields?.length) break;
          if (operation === 'update') {
            object.update(manager, () => wanted);
            model.update(manager, wanted);
          } else {
            const conflicts = tryApply(object, manager, wanted, force);
            expect([...new Set(conflicts)].sort()).toEqual([...model.apply(manager, wanted, force)].sort());
          }
          expect(sortedTable(tableOf(object.content()))).toEqual(sortedTable(model.table));
          expect(sortedOwners(object)).toEqual(model.ownership());
        }
      }),
      { numRuns: HISTORIES },
    );
  });

  test('applied twice is applied once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), content, (steps, configuration) => {
        const object = played(steps);
        object.apply('me', configuration, { force: true });
        const before = JSON.stringify(object.live);
        object.apply('me', configuration);
        expect(JSON.stringify(object.live)).toBe(before);
      }),
    );
  });

  test('a configuration is in the object it was applied to', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), content, (steps, configuration) => {
        const object = played(steps);
        object.apply('me', configuration, { force: true });
        const table = tableOf(object.content());
        expect([...tableOf(configuration)].filter(([path, value]) => table.get(path) !== value)).toEqual([]);
      }),
    );
  });

  test('a conflict of one with the other is one of the other with the one', () => {
    fc.assert(
      fc.property(content, content, (a, b) => {
        const conflicts = (first: JsonObject, second: JsonObject) => {
          const object = thing();
          object.apply('first', first);
          return tryApply(object, 'second', second, false).sort();
        };
        expect(conflicts(a, b)).toEqual(conflicts(b, a));
      }),
    );
  });

  test('a refused apply changes nothing, a forced one leaves no conflict', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), content, (steps, configuration) => {
        const object = played(steps);
        const before = JSON.stringify(object.live);
        if (tryApply(object, 'me', configuration, false).length > 0) expect(JSON.stringify(object.live)).toBe(before);
        object.apply('me', configuration, { force: true });
        expect(tryApply(object, 'me', configuration, false)).toEqual([]);
      }),
    );
  });

  test('nobody owns a field that is not there, but for what an apply emptied', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const object = played(steps);
        const table = tableOf(object.content());
        const owned = Object.values(object.owners()).flat();
        expect(owned.filter((path) => !table.has(path) && !CONTAINERS.includes(path))).toEqual([]);
      }),
    );
  });

  test('survive any JSON as configuration', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (spec, other) => {
        const object = new TestObject(customType(undefined), 'g/v1', 'Thing');
        object.apply('a', { spec });
        tryApply(object, 'b', { spec: other }, false);
        object.apply('b', isJsonObject(other) ? other : { spec: other }, { force: true });
        object.update('c', () => ({ spec: other, 'f:odd': spec }));
      }),
    );
  });
});

function played(
  steps: readonly { operation: string; manager: string; force: boolean; content: JsonObject }[],
): TestObject {
  const object = thing();
  for (const { operation, manager, force, content: wanted } of steps) {
    if (operation === 'update') object.update(manager, () => wanted);
    else tryApply(object, manager, wanted, force);
  }
  return object;
}
