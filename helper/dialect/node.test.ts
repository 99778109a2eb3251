import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNodeFile } from './load-node-file';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'node-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string): ReturnType<typeof loadNodeFile> {
  writeFileSync(join(folder, 'node.yaml'), text);
  const context = { projectRoot: folder, workingDirectory: folder, env: { OWN: '192.0.2.11' } };
  return loadNodeFile('node.yaml', context);
}

test('loadNodeFile() reads a master by the names of the lab', () => {
  const text = `kind: Node
name: Master_1
ETCD_NAME: etcd1
IP_ADDRESS: 192.0.2.10
ETCD_INITIAL_CLUSTER: etcd1=http://192.0.2.10:2380
ETCD_INITIAL_CLUSTER_STATE: new
API_SERVER_URL: https://192.0.2.10:6443
`;
  expect(load(text)).toEqual({
    role: 'master',
    nodeName: 'master-1',
    ipAddress: '192.0.2.10',
    apiServerUrl: new URL('https://192.0.2.10:6443'),
    etcd: { name: 'etcd1', peerUrl: 'http://192.0.2.10:2380', state: 'new' },
  });
});

test.each([
  [
    'by the names of the lab',
    'MASTER_ETCD_CLIENT_URL: http://192.0.2.10:2379\nIP_ADDRESS: "{{ env.OWN }}"\nAPI_SERVER_URL: https://192.0.2.10:6443\nWORKER_PORT: 10250\n',
  ],
  [
    'as flags are spelled, below its word',
    'worker:\n  master-etcd-client-url: http://192.0.2.10:2379\n  ip-address: 192.0.2.11\n  api-server-url: https://192.0.2.10:6443\n  worker-port: "10250"\n',
  ],
])('loadNodeFile() reads a worker %s', (_name, text) => {
  expect(load(text)).toEqual({
    role: 'worker',
    ipAddress: '192.0.2.11',
    apiServerUrl: new URL('https://192.0.2.10:6443'),
    workerPort: 10_250,
    masterEtcdClientUrl: 'http://192.0.2.10:2379',
  });
});

test.each([
  ['IP_ADDRESS: 192.0.2\n', 'node.yaml:1: IP_ADDRESS: "192.0.2" is wrong, expected an address such as 192.0.2.11'],
  ['IP_ADDRESS: 192.0.2.1\nip-address: 192.0.2.1\n', 'node.yaml:2: ip-address: stands beside IP_ADDRESS'],
  ['ETCD_NAME: a\nWORKER_PORT: 1\n', "node.yaml:2: WORKER_PORT: is a worker's, and ETCD_NAME a master's"],
  ['WORKER_PORT: 70000\n', 'node.yaml:1: WORKER_PORT: 70000 is wrong'],
  ['ETCD_NAME: a\nETCD_INITIAL_CLUSTER: a=http://x:1,b=http://y:1\n', 'ETCD_INITIAL_CLUSTER: 2 members, expected one'],
  ['ETCD_NAME: a\nETCD_INITIAL_CLUSTER: b=http://x:1\n', 'expected a=http://ADDRESS:PORT'],
  ['API_SERVER_URL: 192.0.2.1\n', 'API_SERVER_URL: "192.0.2.1" is wrong, expected a URL'],
  ['WORKER_PROT: 1\n', 'node.yaml:1: WORKER_PROT: unknown field'],
  ['kind: Pod\n', 'node.yaml:1: kind: "Pod" is no node'],
])('loadNodeFile() refuses %j', (text, message) => {
  expect(() => load(text)).toThrow(message);
});
