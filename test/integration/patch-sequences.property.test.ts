/**
 * Any sequence of writes, of every kind and by several managers, leaves the object and its owners as short models say.
 *
 * The models (`patch-model/`) know the definitions and nothing of the server. What they do not promise, the order of merged lists, is taken
 * over from the answer. `PROPERTY_RUNS=500 npx jest test/integration/patch-sequences --selectProjects integration` is a long run; a
 * failure prints its seed, and `PROPERTY_SEED=` repeats it.
 */
import * as fc from 'fast-check';
import { until } from '../../helper/process/until';
import { danglingPaths, type Entry, Owners, ownerOf, pathsOf, type Table } from './patch-model/owners';
import { type JsonOperation, jsonPatched, mergePatched, strategicPatched } from './patch-model/patches';
import {
  arbitraryOf,
  isMap,
  type Json,
  type JsonMap,
  projected,
  type Shape,
  tableOf,
  unordered,
} from './patch-model/shape';
import { SUBJECTS, type Subject, WIDGET_DEFINITION } from './patch-model/subjects';
import { type Answer, startTestServer, type TestServer } from './test-server';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 8);
/** The short run is the same every time; a long one goes where no run went before, unless told where. */
const SHORT_RUN_SEED = 2026;
const asked = process.env.PROPERTY_SEED ?? (process.env.PROPERTY_RUNS === undefined ? SHORT_RUN_SEED : undefined);
const SEED = asked === undefined ? {} : { seed: Number(asked) };
const LONGEST = 9;
const MEDIA = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
  put: 'application/json',
} as const;

jest.setTimeout(60_000 + RUNS * 10_000);

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', WIDGET_DEFINITION);
  await until(async () => (await server.send('GET', '/apis/example.com/v1/widgets')).code === 200);
}, 60_000);
afterAll(() => server.stop());

interface Step {
  readonly how: keyof typeof MEDIA;
  readonly part: 'object' | 'status';
  readonly manager: string;
  readonly force: boolean;
  /** the patch, the configuration or the content to put */
  readonly body: Json;
}

const manager = fc.constantFrom('m1', 'm2', 'm3');

/** Through the status other things can be written too, of some kinds; that is tried elsewhere. */
function operationOf({ pointers }: Subject, part: Step['part']): fc.Arbitrary<JsonOperation> {
  const known = Object.keys(pointers).filter((path) => path.startsWith('/status') === (part === 'status'));
  const pointer = fc.constantFrom(...known);
  return pointer.chain((path) =>
    fc.oneof(
      fc.record({
        op: fc.constantFrom('add' as const, 'add' as const, 'replace' as const, 'test' as const),
        path: fc.constant(path),
        value: fc.constantFrom(...(pointers[path] ?? [])),
      }),
      fc.record({ op: fc.constant('remove' as const), path: fc.constant(path) }),
    ),
  );
}

/** A strategic patch: what a merge patch says, with a directive now and then. */
function strategicOf(shape: Shape): fc.Arbitrary<Json> {
  return fc
    .tuple(arbitraryOf(shape, 'nulls, lists in parts'), fc.nat(7))
    .map(([patch, choice]) => directed(shape, patch, choice));
}

function directed(shape: Shape, patch: Json, choice: number): Json {
  if (patch === null) return patch;
  if (shape.is === 'map' && !shape.fixed && choice === 0)
    return { $patch: 'replace', ...withoutNulls(patch as JsonMap) };
  if (shape.is === 'struct') return directedFields(shape.fields, patch as JsonMap, choice);
  if (shape.is !== 'keyed') return patch;
  const items = (patch as JsonMap[]).map((item, index) =>
    (index + choice) % 5 === 0
      ? { ...Object.fromEntries(Object.entries(item).filter(([name]) => shape.keys.includes(name))), $patch: 'delete' }
      : directedFields(shape.fields, item, choice),
  );
  return items;
}

function directedFields(fields: Readonly<Record<string, Shape>>, patch: JsonMap, choice: number): JsonMap {
  const entries = Object.entries(patch).map(([name, value]): [string, Json] => {
    const inner = fields[name];
    if (inner?.is === 'set' && choice === 1 && value !== null) return [`$deleteFromPrimitiveList/${name}`, value];
    return [name, inner ? directed(inner, value, choice) : value];
  });
  return Object.fromEntries(entries);
}

const withoutNulls = (map: JsonMap) => Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));

function stepOf(subject: Subject): fc.Arbitrary<Step> {
  const part = fc.constantFrom(...(subject.status ? (['object', 'object', 'status'] as const) : (['object'] as const)));
  const how = fc.constantFrom<Step['how']>(
    'json',
    'merge',
    'put',
    'apply',
    'apply',
    ...(subject.takesStrategic ? ['strategic' as const] : []),
  );
  return fc.tuple(part, how).chain(([where, type]) => {
    const shape = where === 'status' && subject.status ? subject.status : subject.shape;
    const bodies: Record<Step['how'], () => fc.Arbitrary<Json>> = {
      json: () =>
        fc.array(operationOf(subject, where), { minLength: 1, maxLength: 3 }) as unknown as fc.Arbitrary<Json>,
      merge: () => arbitraryOf(shape, 'nulls, lists whole'),
      strategic: () => strategicOf(shape),
      put: () => arbitraryOf(shape, 'whole items'),
      apply: () => arbitraryOf(shape, 'parts of items'),
    };
    return fc.record({
      how: fc.constant(type),
      part: fc.constant(where),
      manager,
      force: fc.boolean(),
      body: bodies[type](),
    });
  });
}

const isRefused = (code: number) => code === 400 || code === 422 || code === 404;

interface State {
  readonly content: JsonMap;
  readonly status: JsonMap;
  readonly owners: Owners;
}

/** A subject's object and the model of it. */
class Twin {
  private state: State;
  readonly path: string;

  private constructor(
    private readonly subject: Subject,
    private readonly name: string,
    created: JsonMap,
  ) {
    this.path = `${subject.collection}/${name}`;
    const owners = new Owners();
    this.state = { ...this.contentsOf(created), owners };
    owners.update('creator Update', new Map(), this.tableOfObject(this.state));
  }

  static async create(subject: Subject, name: string): Promise<Twin> {
    const answer = await server.send('POST', `${subject.collection}?fieldManager=creator`, subject.first(name));
    if (answer.code !== 201) throw new Error(answer.text);
    return new Twin(subject, name, answer.json<JsonMap>());
  }

  private contentsOf(object: JsonMap): Pick<State, 'content' | 'status'> {
    const { shape, status } = this.subject;
    return {
      content: (projected(shape, object) ?? {}) as JsonMap,
      status: ((status && projected(status, object)) ?? {}) as JsonMap,
    };
  }

  private tableOfObject({ content, status }: Pick<State, 'content' | 'status'>): Table {
    const { shape, status: statusShape } = this.subject;
    return new Map([...tableOf(shape, content), ...(statusShape ? tableOf(statusShape, status) : [])]);
  }

  /** Plays a step on the model and the server, and compares. */
  async play(step: Step): Promise<void> {
    const live = await server.send('GET', this.path);
    const expected = this.expect(step);
    const answer = await this.sendStep(step, live.json<JsonMap>());
    const told = `${step.how} ${JSON.stringify(step.body)}: ${answer.code} ${answer.text.slice(0, 400)}`;
    if (expected === 'refused') {
      if (!isRefused(answer.code)) throw new Error(`should be refused: ${told}`);
    } else if ('conflicts' in expected) {
      expect({ told, code: answer.code }).toEqual({ told, code: 409 });
      expect(conflictsOf(answer)).toEqual(expected.conflicts);
    } else {
      expect({ told, code: answer.code }).toEqual({ told, code: 200 });
      this.compare(expected, answer.json<JsonMap>(), told);
    }
    if (answer.code !== 200) expect((await server.send('GET', this.path)).text).toBe(live.text);
  }

  private compare(expected: State, object: JsonMap, told: string): void {
    const { shape, status } = this.subject;
    const seen = this.contentsOf(object);
    expect({ told, content: unordered(shape, seen.content) }).toEqual({
      told,
      content: unordered(shape, expected.content),
    });
    if (status)
      expect({ told, status: unordered(status, seen.status) }).toEqual({
        told,
        status: unordered(status, expected.status),
      });
    const entries = ((object.metadata as JsonMap).managedFields ?? []) as unknown as Entry[];
    const known = this.tableOfObject(seen);
    const owned = entries.map((entry): [string, string[]] => [
      ownerOf(entry),
      pathsOf(entry.fieldsV1)
        .filter((path) => known.has(path))
        .sort(),
    ]);
    const shown = Object.fromEntries(
      owned.filter(([, paths]) => paths.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    expect({ told, owners: shown }).toEqual({ told, owners: expected.owners.shown() });
    // An empty status is left out of the object, and can be owned all the same.
    const whole = { status: {}, ...object };
    expect(entries.flatMap(({ fieldsV1 }) => danglingPaths(fieldsV1, whole))).toEqual([]);
    this.state = { ...seen, owners: expected.owners };
  }

  private sendStep({ how, part, manager: by, force, body }: Step, live: JsonMap): Promise<Answer> {
    const path = `${this.path}${part === 'status' ? '/status' : ''}?fieldManager=${by}`;
    const headers = { 'content-type': MEDIA[how] };
    const { apiVersion, kind } = this.subject.first(this.name);
    if (how === 'put') return server.send('PUT', path, this.overlaid(part, live, body as JsonMap), { headers });
    if (how !== 'apply') return server.send('PATCH', path, JSON.stringify(body), { headers });
    const configuration = mergePatched(body, {
      apiVersion: apiVersion ?? '',
      kind: kind ?? '',
      metadata: { name: this.name },
    });
    return server.send('PATCH', `${path}&force=${force}`, JSON.stringify(configuration), { headers });
  }

  /** The live object with the wanted content in place of its own. */
  private overlaid(part: Step['part'], live: JsonMap, wanted: JsonMap): JsonMap {
    const { shape, status } = this.subject;
    const outer = part === 'status' && status ? status : shape;
    return overlay(outer, live, wanted) as JsonMap;
  }

  private expect(step: Step): State | 'refused' | { conflicts: string[] } {
    const { how, part, manager: by, force, body } = step;
    const before = this.tableOfObject(this.state);
    if (how === 'apply')
      return this.expectApply(`${by} Apply${part === 'status' ? ' status' : ''}`, step, before, force);
    const whole = { ...this.state.content, ...this.state.status };
    let next: Json;
    try {
      next = this.patched(how, part, whole, body);
    } catch {
      return 'refused';
    }
    const contents = this.settled(part, next as JsonMap);
    if (!contents) return 'refused';
    const owners = this.state.owners.copy();
    owners.update(`${by} Update${part === 'status' ? ' status' : ''}`, before, this.tableOfObject(contents));
    return { ...contents, owners };
  }

  private patched(how: Step['how'], part: Step['part'], whole: JsonMap, body: Json): Json {
    const { shape, status } = this.subject;
    const outer = part === 'status' && status ? status : shape;
    if (how === 'put') return overlay(outer, whole, body as JsonMap) ?? {};
    if (how === 'json') return jsonPatched(whole, body as unknown as JsonOperation[]);
    return how === 'merge' ? mergePatched(whole, body) : strategicPatched(outer, whole, body);
  }

  /** What is kept of a state written through a part; undefined when it is not valid. */
  private settled(part: Step['part'], next: JsonMap): Pick<State, 'content' | 'status'> | undefined {
    const wanted = this.contentsOf(next);
    if (part === 'status')
      return areKeyed(this.subject.status, wanted.status) ? { ...wanted, content: this.state.content } : undefined;
    return this.subject.isValid(wanted.content) ? { ...wanted, status: this.state.status } : undefined;
  }

  private expectApply(
    owner: string,
    { part, body }: Step,
    before: Table,
    force: boolean,
  ): State | 'refused' | { conflicts: string[] } {
    const { shape, status } = this.subject;
    const outer = part === 'status' && status ? status : shape;
    const wanted = tableOf(outer, body);
    const conflicts = this.state.owners.conflicts(owner, before, wanted);
    if (conflicts.length > 0 && !force)
      return { conflicts: [...new Set(conflicts.map(({ owner: other, path }) => `${other} ${path}`))].sort() };
    const owners = this.state.owners.copy();
    const gone = new Set(owners.apply(owner, before, wanted));
    const whole = { ...this.state.content, ...this.state.status };
    const merged = pruned(outer, laidOver(outer, whole, body), gone, '');
    const contents = this.settled(part, { ...whole, ...((merged ?? {}) as JsonMap) });
    return contents ? { ...contents, owners } : 'refused';
  }
}

const areKeyed = (shape: Shape | undefined, content: JsonMap) => {
  const conditions = ((content.status as JsonMap | undefined)?.conditions ?? []) as JsonMap[];
  return !shape || new Set(conditions.map(({ type }) => type)).size === conditions.length;
};

/** Content in place of what was there, everything the shape does not know left alone. */
function overlay(shape: Shape, live: Json | undefined, wanted: Json | undefined): Json | undefined | JsonMap {
  if (shape.is !== 'struct') return wanted;
  const result: JsonMap = { ...((live ?? {}) as JsonMap) };
  for (const [name, inner] of Object.entries(shape.fields)) {
    const value = overlay(inner, result[name], isMap(wanted) ? wanted[name] : undefined);
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return Object.keys(result).length > 0 ? result : undefined;
}

/** A configuration laid over an object by server-side apply. */
function laidOver(shape: Shape, live: Json | undefined, wanted: Json | undefined): Json | undefined {
  if (wanted === undefined) return live;
  if (live === undefined || shape.is === 'leaf' || shape.is === 'atomic') return wanted;
  if (shape.is === 'set') return [...new Set([...(live as string[]), ...(wanted as string[])])];
  if (shape.is === 'map') return shape.whole ? wanted : { ...(live as JsonMap), ...(wanted as JsonMap) };
  if (shape.is === 'struct') return laidOverFields(shape.fields, live as JsonMap, wanted as JsonMap);
  const isSame = (a: JsonMap, b: JsonMap) => shape.keys.every((key) => a[key] === b[key]);
  const [old, items] = [live as JsonMap[], wanted as JsonMap[]];
  const kept = old.map((item) => laidOverFields(shape.fields, item, items.find((other) => isSame(item, other)) ?? {}));
  return [...kept, ...items.filter((item) => !old.some((other) => isSame(item, other)))];
}

function laidOverFields(fields: Readonly<Record<string, Shape>>, live: JsonMap, wanted: JsonMap): JsonMap {
  const result: JsonMap = { ...live };
  for (const [name, inner] of Object.entries(fields)) {
    const value = laidOver(inner, live[name], wanted[name]);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** Without what is at these paths. */
function pruned(shape: Shape, content: Json | undefined, gone: ReadonlySet<string>, path: string): Json | undefined {
  if (content === undefined || gone.has(path)) return undefined;
  if (shape.is === 'leaf' || shape.is === 'atomic' || (shape.is === 'map' && shape.whole)) return content;
  if (shape.is === 'set') return (content as string[]).filter((one) => !gone.has(`${path}[=${JSON.stringify(one)}]`));
  if (shape.is === 'keyed') {
    const elementOf = (item: JsonMap) =>
      `${path}[${shape.keys.map((key) => `${key}=${JSON.stringify(item[key])}`).join(',')}]`;
    const items = (content as JsonMap[]).filter((item) => !gone.has(elementOf(item)));
    return items.map((item) => prunedFields(shape.fields, item, gone, elementOf(item)));
  }
  if (shape.is === 'map')
    return Object.fromEntries(Object.entries(content as JsonMap).filter(([name]) => !gone.has(`${path}.${name}`)));
  return prunedFields(shape.fields, content as JsonMap, gone, path);
}

function prunedFields(
  fields: Readonly<Record<string, Shape>>,
  content: JsonMap,
  gone: ReadonlySet<string>,
  path: string,
): JsonMap {
  const entries = Object.entries(content).flatMap(([name, value]): [string, Json][] => {
    const inner = fields[name];
    const left = inner ? pruned(inner, value, gone, `${path}.${name}`) : value;
    return left === undefined ? [] : [[name, left]];
  });
  return Object.fromEntries(entries);
}

interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

/** `manager Operation path` of every cause. */
function conflictsOf(answer: Answer): string[] {
  const { details } = answer.json<{ details: { causes: readonly Cause[] } }>();
  return details.causes
    .map(({ reason, field, message }) => {
      expect(reason).toBe('FieldManagerConflict');
      const said = /^conflict with "(\w+)"(?: with subresource "(\w+)")?( using \S+)?$/.exec(message);
      if (!said) throw new Error(message);
      const [, other, subresource, using] = said;
      return `${other} ${using ? 'Update' : 'Apply'}${subresource ? ` ${subresource}` : ''} ${field}`;
    })
    .sort();
}

let count = 0;

test.each(SUBJECTS)('any sequence of writes leaves a $kind and its owners as the models say', async (subject) => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf(subject), { minLength: 2, maxLength: LONGEST }), async (steps) => {
      const twin = await Twin.create(subject, `twin-${count++}`);
      for (const step of steps) await twin.play(step);
      await server.send('PATCH', twin.path, '{"metadata":{"finalizers":null}}', {
        headers: { 'content-type': MEDIA.merge },
      });
      await server.send('DELETE', twin.path);
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 20_000 + RUNS * 2_000, ...SEED },
  );
});
