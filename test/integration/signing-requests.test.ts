/**
 * A CertificateSigningRequest on its way: who asks is written down, approvers decide once, signers give one certificate.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { CertificateSigningRequest } from '../../helper/api/certificates/certificate-signing-request';
import type { Status } from '../../helper/api/status-error';
import type { Table } from '../../master/apiserver/table/table';
import { MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;
const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const SAMPLE = parse(readFileSync(join(__dirname, '../../yaml_default/certificate-signing-request.yaml'), 'utf8'));
const APPROVED = { type: 'Approved', status: 'True', reason: 'Test', message: 'by hand' };
const DENIED = { ...APPROVED, type: 'Denied' };

const make = async (name: string) =>
  (await server.send('POST', PATH, { ...SAMPLE, metadata: { name } })).json<CertificateSigningRequest>();
const read = async (name: string) => (await server.send('GET', `${PATH}/${name}`)).json<CertificateSigningRequest>();
const decide = async (name: string, ...conditions: object[]) => {
  const request = await read(name);
  return server.send('PUT', `${PATH}/${name}/approval`, { ...request, status: { ...request.status, conditions } });
};
const reasonsOf = (status: Status) => status.details?.causes?.map(({ message }) => message);

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

test('who asks is written by the server, whatever the writer says, and the request never changes', async () => {
  const answer = await server.send('POST', PATH, {
    ...SAMPLE,
    spec: { ...SAMPLE.spec, username: 'system:somebody-else', groups: ['others'], extra: { a: ['b'] } },
    status: { conditions: [APPROVED] },
  });
  const made = answer.json<CertificateSigningRequest>();
  expect([answer.code, made.status]).toEqual([201, {}]);
  expect(made.spec.username).not.toBe('system:somebody-else');
  expect(made.spec.groups).toContain('system:authenticated');
  expect(made.spec.groups).not.toContain('others');
  expect(made.spec.extra).toBeUndefined();
  const changed = await server.send('PATCH', `${PATH}/${made.metadata.name}`, { spec: { signerName: 'a.b/c' } }, MERGE);
  expect(changed.json<CertificateSigningRequest>().spec).toEqual(made.spec);
});

test('approval takes decisions, stamps them, and neither takes them back nor has both', async () => {
  await make('wanted');
  const approved = (await decide('wanted', APPROVED)).json<CertificateSigningRequest>();
  const [condition] = approved.status?.conditions ?? [];
  expect(condition).toMatchObject(APPROVED);
  expect([condition?.lastUpdateTime, condition?.lastTransitionTime]).toEqual([
    expect.stringMatching(/Z$/),
    expect.stringMatching(/Z$/),
  ]);
  expect(reasonsOf((await decide('wanted')).json<Status>())).toEqual([
    'Forbidden: updates may not remove a condition of type "Approved"',
  ]);
  expect(reasonsOf((await decide('wanted', APPROVED, DENIED)).json<Status>())).toEqual([
    'Invalid value: ["Approved","Denied"]: Approved and Denied conditions are mutually exclusive',
  ]);
  const table = (
    await server.send('GET', `${PATH}/wanted`, undefined, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    })
  ).json<Table>();
  expect(table.rows[0]?.cells.slice(2)).toEqual([
    'kubernetes.io/kube-apiserver-client',
    expect.any(String),
    '24h',
    'Approved',
  ]);
});

test('status takes the certificate once, and no decisions', async () => {
  await make('signed');
  const path = `${PATH}/signed/status`;
  const decided = await server.send('PATCH', path, { status: { conditions: [DENIED] } }, MERGE);
  expect(reasonsOf(decided.json<Status>())).toEqual(['Forbidden: updates may not add a condition of type "Denied"']);
  const certificate = (text: string) =>
    Buffer.from(`-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`).toString('base64');
  const given = await server.send('PATCH', path, { status: { certificate: certificate('AAAA') } }, MERGE);
  expect(given.code).toBe(200);
  const again = await server.send('PATCH', path, { status: { certificate: certificate('BBBB') } }, MERGE);
  expect(reasonsOf(again.json<Status>())).toEqual(['Forbidden: updates may not modify existing certificate content']);
  const approval = { status: { certificate: certificate('CCCC'), conditions: [APPROVED] } };
  const approved = await server.send('PATCH', `${PATH}/signed/approval`, approval, MERGE);
  expect(approved.json<CertificateSigningRequest>().status?.certificate).toBe(certificate('AAAA'));
  expect((await server.send('GET', `${PATH}?fieldSelector=spec.signerName%3Dx`)).json<{ items: [] }>().items).toEqual(
    [],
  );
});
