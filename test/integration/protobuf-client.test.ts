/**
 * The client of the official tests: client-go that sends every body as protobuf, delete options included.
 *
 * Its options carry the group version of the client that sends them (`apps/v1 DeleteOptions`).
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import type { Kind } from '../../helper/api/kind';
import { KINDS } from '../../helper/api/kinds';
import type { KubeList, KubeObject } from '../../helper/api/meta';
import { apiVersionOf, resourcePath } from '../../helper/api/resource';
import type { Status } from '../../helper/api/status-error';
import { encodeKubeProtobuf } from '../../master/apiserver/protobuf/encode.fixture';
import { messageOfKind } from '../../master/apiserver/protobuf/messages';
import { makeDefaultAccount } from './objects';
import { sampleOf } from './samples';
import { startTestServer, type TestServer } from './test-server';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const HEADERS = { headers: { 'content-type': PROTOBUF, accept: `${PROTOBUF}, */*` } };
const NAMESPACE = 'typed';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await makeDefaultAccount(server, NAMESPACE);
});
afterAll(() => server.stop());

function send(method: string, path: string, object: object, message?: string) {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const name = message ?? messageOfKind(apiVersion, kind) ?? '';
  return server.send(method, path, encodeKubeProtobuf({ ...object }, name), HEADERS);
}

/** The options as the client of that kind's group writes them. */
const deleteOptions = (kind: Kind, fields: object) => ({
  apiVersion: apiVersionOf(kind),
  kind: 'DeleteOptions',
  gracePeriodSeconds: 0,
  propagationPolicy: 'Background',
  ...fields,
});

const typed = KINDS.filter((kind) => kind.stored !== false && messageOfKind(apiVersionOf(kind), kind.kind));

test.each(typed.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind] as const))(
  'a client that speaks protobuf makes, changes and deletes %s',
  async (_title, kind) => {
    const sample = sampleOf(kind, NAMESPACE);
    const collection = resourcePath(kind, kind.namespaced ? NAMESPACE : '');
    const path = `${collection}/${sample.metadata.name}`;
    const created = await send('POST', collection, sample);
    expect([created.code, created.code === 201 ? '' : created.json<Status>().message]).toEqual([201, '']);
    const { metadata, ...rest } = created.json<KubeObject>();
    const { resourceVersion: _version, ...unversioned } = metadata;
    const labels = { ...metadata.labels, typed: 'yes' };
    const update = async () => {
      const kept = kind.strategy.updateNeedsVersion
        ? (await server.send('GET', path)).json<KubeObject>().metadata
        : unversioned;
      return send('PUT', path, { ...rest, metadata: { ...kept, labels } });
    };
    let updated = await update();
    // The server itself writes the status of some kinds meanwhile.
    for (let attempt = 1; updated.code === 409 && attempt < 5; attempt++) updated = await update();
    expect([updated.code, updated.code === 200 ? labels : updated.text]).toEqual([
      200,
      updated.json<KubeObject>().metadata.labels,
    ]);
    if (kind.kind === 'Namespace') return;
    const stale = await send(
      'DELETE',
      path,
      deleteOptions(kind, { preconditions: { uid: 'x' } }),
      'meta/v1.DeleteOptions',
    );
    expect([stale.code, stale.json<Status>().reason]).toEqual([409, 'Conflict']);
    const removed = await send('DELETE', path, deleteOptions(kind, {}), 'meta/v1.DeleteOptions');
    expect([removed.code, removed.code === 200 ? '' : removed.text]).toEqual([200, '']);
    const all = `${collection}?labelSelector=typed%3Dno`;
    const collected = await send('DELETE', all, deleteOptions(kind, {}), 'meta/v1.DeleteOptions');
    if (kind.kind !== 'Service')
      expect([collected.code, collected.json<KubeList>().kind]).toEqual([200, `${kind.kind}List`]);
  },
);
