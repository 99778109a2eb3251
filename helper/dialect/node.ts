/**
 * Node files: what the machine of a master or a worker is told, by the lab's names or as the flags of `run.sh` are spelled.
 *
 * `run.sh up -f` and `run.sh join -f` read them for the machine they run on. Given to `apply` or `start -f` one becomes the Node
 * object that the machine will fill when it joins; what the API has no field for is kept in an annotation.
 * https://kubernetes.io/docs/concepts/architecture/nodes/#management
 */
import { isIPv4 } from 'node:net';
import { type Node, nodeResource } from '../api/core/node';
import type { FieldReader } from './field-reader';
import { readName } from './read-metadata';

/** Kubernetes' own, for the address a kubelet is told to use. */
const NODE_IP_ANNOTATION = 'alpha.kubernetes.io/provided-node-ip';
const NODE_FILE_ANNOTATION = 'minik8s.io/node-file';
const MAX_PORT = 65_535;

const MASTER_FIELDS = ['ETCD_NAME', 'ETCD_INITIAL_CLUSTER', 'ETCD_INITIAL_CLUSTER_STATE'] as const;
const WORKER_FIELDS = ['MASTER_ETCD_CLIENT_URL', 'WORKER_PORT'] as const;
const FIELDS = [...MASTER_FIELDS, ...WORKER_FIELDS, 'IP_ADDRESS', 'API_SERVER_URL'] as const;
type Field = (typeof FIELDS)[number];

export interface NodeFile {
  readonly role: 'master' | 'worker';
  readonly ipAddress?: string;
  readonly apiServerUrl?: URL;
  /** port of the kubelet */
  readonly workerPort?: number;
  /** where the master's etcd answers its clients */
  readonly masterEtcdClientUrl?: string;
  /** the master's own etcd; absent: the file says nothing of one */
  readonly etcd?: { readonly name: string; readonly peerUrl?: string; readonly state: 'new' | 'existing' };
}

/** `IP_ADDRESS` is also `ip-address`, as in flags. */
const flagSpelling = (field: Field) => field.toLowerCase().replaceAll('_', '-');

function spellingOf(fields: FieldReader, field: Field): string {
  const spellings = [field, flagSpelling(field)].filter((name) => fields.has(name));
  const [first = field, second] = spellings;
  if (second) throw fields.wrong(second, `stands beside ${first}, which is the same; expected one of them`);
  return first;
}

function readUrl(fields: FieldReader, name: string): URL | undefined {
  const text = fields.text(name);
  if (text === undefined) return undefined;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw fields.wrong(name, `${JSON.stringify(text)} is wrong, expected a URL such as https://192.0.2.10:6443`);
  return new URL(text);
}

/** Several members would wait for each other: they are run by whoever knows all those machines. */
function readEtcd(fields: FieldReader, at: (field: Field) => string): NodeFile['etcd'] {
  const name = fields.text(at('ETCD_NAME')) ?? 'minik8s';
  const clusterField = at('ETCD_INITIAL_CLUSTER');
  const members = fields.text(clusterField)?.split(',') ?? [];
  if (members.length > 1)
    throw fields.wrong(
      clusterField,
      `${members.length} members, expected one; run an etcd of several yourself and give its addresses to 'up --etcd-endpoints'`,
    );
  const [member, peerUrl = ''] = /^([^=]+)=(https?:\/\/.+)$/.exec(members[0] ?? '')?.slice(1) ?? [];
  if (members.length > 0 && member !== name)
    throw fields.wrong(clusterField, `${JSON.stringify(members[0])} is wrong, expected ${name}=http://ADDRESS:PORT`);
  const state = fields.oneOf(at('ETCD_INITIAL_CLUSTER_STATE'), ['new', 'existing']) ?? 'new';
  return { name, ...(peerUrl ? { peerUrl } : {}), state };
}

/** What stands in `fields`, and nothing else may. Throws a ManifestError for the first mistake. */
function readFields(fields: FieldReader): NodeFile {
  const at = (field: Field) => spellingOf(fields, field);
  const [ofMaster, ofWorker] = [MASTER_FIELDS, WORKER_FIELDS].map((names) =>
    names.map(at).find((name) => fields.has(name)),
  );
  if (ofMaster && ofWorker)
    throw fields.wrong(ofWorker, `is a worker's, and ${ofMaster} a master's; expected one role`);
  const ipAddress = fields.text(at('IP_ADDRESS'));
  if (ipAddress !== undefined && !isIPv4(ipAddress))
    throw fields.wrong(
      at('IP_ADDRESS'),
      `${JSON.stringify(ipAddress)} is wrong, expected an address such as 192.0.2.11`,
    );
  const apiServerUrl = readUrl(fields, at('API_SERVER_URL'));
  const workerPort = fields.integer(at('WORKER_PORT'), 1, MAX_PORT);
  const masterEtcdClientUrl = readUrl(fields, at('MASTER_ETCD_CLIENT_URL'))?.origin;
  const etcd = ofMaster ? readEtcd(fields, at) : undefined;
  return {
    role: ofWorker ? 'worker' : 'master',
    ...(ipAddress ? { ipAddress } : {}),
    ...(apiServerUrl ? { apiServerUrl } : {}),
    ...(workerPort ? { workerPort } : {}),
    ...(masterEtcdClientUrl ? { masterEtcdClientUrl } : {}),
    ...(etcd ? { etcd } : {}),
  };
}

/** The fields stand at the top or below the role's word. */
export function readNodeFile(fields: FieldReader): NodeFile {
  for (const known of ['kind', 'name']) fields.has(known);
  const role = (['master', 'worker'] as const).find((word) => fields.has(word));
  const nested = role && fields.nested(role);
  const file = readFields(nested ?? fields);
  nested?.refuseUnknown();
  fields.refuseUnknown();
  if (role === 'worker' && file.etcd) throw fields.wrong(role, 'has fields of a master, expected those of a worker');
  return role ? { ...file, role } : file;
}

/** The Node of the machine; it is NotReady until the machine joins under this name. */
export function convertNode(fields: FieldReader): Node {
  const { name, annotations } = readName(fields);
  const { ipAddress, ...file } = readNodeFile(fields);
  return {
    apiVersion: 'v1',
    kind: nodeResource.kind,
    metadata: {
      name,
      annotations: {
        ...annotations,
        ...(ipAddress ? { [NODE_IP_ANNOTATION]: ipAddress } : {}),
        [NODE_FILE_ANNOTATION]: JSON.stringify(file),
      },
    },
  };
}
