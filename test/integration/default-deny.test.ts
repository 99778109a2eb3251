/**
 * Default deny, cell by cell over the real server: every kind and subresource × every verb × every role, asked by HTTP and compared
 * with what the authorizers say when they are asked without a request.
 */
import { Agent, request } from 'node:https';
import { createSecureContext } from 'node:tls';
import { KINDS } from '../../helper/api/kinds';
import { resourcePath } from '../../helper/api/resource';
import { resourceAccess } from '../../master/apiserver/auth/access';
import { createAccessControl } from '../../master/apiserver/auth/access-control';
import { startTestServer, type TestServer } from './test-server';

interface Cell {
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly attributes: Readonly<Record<string, string>>;
}
type Headers = Readonly<Record<string, string>>;

const VERBS: readonly (readonly [verb: string, method: string, onName: boolean, query?: string])[] = [
  ['get', 'GET', true],
  ['list', 'GET', false],
  ['watch', 'GET', false, '?watch=true&timeoutSeconds=1'],
  ['create', 'POST', false],
  ['update', 'PUT', true],
  ['patch', 'PATCH', true],
  ['delete', 'DELETE', true],
  ['deletecollection', 'DELETE', false],
];
const SUBRESOURCE_VERBS = VERBS.filter(([verb]) => ['get', 'create', 'update', 'patch'].includes(verb));
const OWN_REVIEWS = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'];
const PARALLEL = 16;

/** Everything that can be asked in a namespace; nothing of the name exists. */
function cellsIn(namespace: string): Cell[] {
  return KINDS.flatMap((kind): Cell[] => {
    const { group, plural, version } = kind;
    const place = kind.namespaced ? namespace : '';
    const subresources = ['', ...(kind.hasStatus ? ['status'] : []), ...kind.subresources.map(({ name }) => name)];
    return subresources.flatMap((subresource) =>
      (subresource ? SUBRESOURCE_VERBS : VERBS).map(([verb, method, onName, query = '']) => {
        const name = subresource || onName ? 'x' : '';
        const attributes = { verb, group, version, resource: plural, subresource, namespace: place, name };
        return { verb, method, path: resourcePath(kind, place, name, subresource) + query, attributes };
      }),
    );
  });
}
const labelOf = ({ verb, attributes: { group, resource, subresource } }: Cell) =>
  `${verb} ${group}/${resource}${subresource ? `/${subresource}` : ''}`;

let server: TestServer;
let agent: Agent;

beforeAll(async () => {
  server = await startTestServer();
  // The server ends the connection of what it refuses unread; reading the CA for each new one would take longer than the handshake.
  const secureContext = createSecureContext({ ca: server.ca });
  agent = new Agent({ keepAlive: true, maxSockets: PARALLEL, secureContext });
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: 'team' } });
  for (const role of ['view', 'edit', 'admin']) {
    await server.send('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/team/rolebindings', {
      metadata: { name: role },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'User', name: `${role}er` }],
    });
  }
}, 30_000);
afterAll(async () => {
  agent.destroy();
  await server.stop();
});

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += PARALLEL) {
    results.push(...(await Promise.all(items.slice(start, start + PARALLEL).map(work))));
  }
  return results;
}

/** One request, over a connection that is kept where the server keeps it. */
function codeOf(method: string, path: string, body: string | undefined, headers: Headers): Promise<number> {
  const { port } = server;
  const sent = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method, path, headers: { ...sent, ...headers } };
    request(options, (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)))
      .on('error', reject)
      .end(body);
  });
}

/** The cells that were not answered with 403. */
async function openCells(cells: readonly Cell[], headers: Headers, token: string | null): Promise<string[]> {
  const patch = { 'content-type': 'application/merge-patch+json' };
  const codes = await inParallel(cells, async ({ method, path }) => {
    // Not readable as any object: what is allowed goes no further than the body.
    const body = method === 'GET' ? undefined : method === 'DELETE' ? '[]' : '[1]';
    const more = method === 'PATCH' ? patch : {};
    const authorization: Headers = token === null ? {} : { authorization: `Bearer ${token}` };
    return codeOf(method, path, body, { ...headers, ...more, ...authorization });
  });
  return cells.filter((_cell, index) => codes[index] !== 403).map(labelOf);
}

/** What authorization says the user may do when it is asked without a request. */
function reviewedCells(cells: readonly Cell[], name: string): string[] {
  const { authorizer } = createAccessControl(server.api.registry);
  const user = { name, groups: ['system:authenticated'] };
  return cells
    .filter(
      ({ attributes: { verb = '', resource = '', ...parts } }) =>
        authorizer.authorize(user, resourceAccess(verb, resource, parts)).allowed,
    )
    .map(labelOf);
}

test('nobody may do anything with any kind', async () => {
  expect(await openCells(cellsIn('team'), {}, null)).toEqual([]);
}, 60_000);

test.each([
  ['somebody without roles', { 'impersonate-user': 'jane' }],
  ['a machine that wants to join', { 'impersonate-user': 'x', 'impersonate-group': 'system:bootstrappers' }],
  ['a ServiceAccount', { 'impersonate-user': 'system:serviceaccount:team:default' }],
  ['who has a role elsewhere', { 'impersonate-user': 'adminer' }],
])(
  '%s may ask what he may, and nothing else',
  async (_name, headers) => {
    const open = await openCells(cellsIn('default'), headers, server.token);
    expect(open.filter((cell) => !/^create .*\/selfsubject/.test(cell))).toEqual([]);
    expect(open).toHaveLength(OWN_REVIEWS.length);
  },
  60_000,
);

test.each(['view', 'edit', 'admin'])(
  '%s opens what its roles give, in its namespace',
  async (role) => {
    const cells = cellsIn('team').filter(({ verb }) => verb !== 'watch');
    const open = await openCells(cells, { 'impersonate-user': `${role}er` }, server.token);
    expect(open).toEqual(reviewedCells(cells, `${role}er`));
    const isWrite = (cell: string) => !/^(get|list) /.test(cell) && !/\/selfsubject/.test(cell);
    if (role === 'view') expect(open.filter(isWrite)).toEqual([]);
    else expect(open.filter(isWrite).length).toBeGreaterThan(50);
    // Roles in a namespace never reach what has none.
    expect(
      open.filter((cell) => /\/(nodes|clusterroles|persistentvolumes|certificatesigningrequests)/.test(cell)),
    ).toEqual([]);
  },
  60_000,
);
