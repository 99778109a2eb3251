/**
 * What the zone answers to a question: pure rules of DNS and of the cluster's names.
 *
 * A name that is not the cluster's gives undefined: somebody else has to be asked. Everything below `cluster.local`, and the
 * reverse names of Service and pod addresses, is answered here and never leaves the cluster.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ · RFC 1034, section 4.3.2
 */
import { type Ipv4Range, isInRange, parseIpv4 } from '../../helper/net/ipv4';
import { TTL_SECONDS, type ZoneRecord } from './records';
import type { Zone } from './zone';

export interface ClusterNames {
  readonly zone: Zone;
  /** `cluster.local` */
  readonly domain: string;
  /** address of the kube-dns Service: that of the name server's own name */
  readonly serverAddress: string;
  /** names outside the domain that lead to Ingresses; undefined: nobody's */
  readonly hosts: { lookup(name: string): readonly ZoneRecord[] | undefined };
  /** ranges of Services and pods, whose reverse names are ours */
  readonly ranges: readonly Ipv4Range[];
  /** pod names exist in existing namespaces only */
  hasNamespace(name: string): boolean;
}

export interface Answer {
  readonly exists: boolean;
  readonly answers: readonly ZoneRecord[];
  /** SOA of the zone where there is nothing to answer with */
  readonly authority: readonly ZoneRecord[];
  /** addresses of the names in the answers */
  readonly additional: readonly ZoneRecord[];
  /** a name outside the cluster that the answers end with (ExternalName); its addresses are asked for elsewhere */
  readonly chase?: string;
}

/** The version of the specification this server follows, asked for with `dig TXT dns-version.cluster.local`. */
const SPECIFICATION = '1.1.0';
const POD_NAME = /^(\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3})\.([a-z0-9-]+)\.pod$/;
const REVERSE_NAME = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/;
/** CNAMEs that point at CNAMEs are followed this far. */
const MAX_CHAIN = 8;
const SERIAL = 1;

function startOfAuthority(names: ClusterNames, name: string): ZoneRecord {
  const { domain } = names;
  const primary = `ns.dns.${domain}`;
  return {
    name,
    type: 'SOA',
    primary,
    mailbox: `hostmaster.${domain}`,
    serial: SERIAL,
    negativeSeconds: TTL_SECONDS,
  };
}

/** Records that follow from the zone itself and not from a Service. */
function fixedRecords(names: ClusterNames, name: string): readonly ZoneRecord[] | undefined {
  const { domain } = names;
  if (name === domain) {
    return [startOfAuthority(names, domain), { name, type: 'NS', target: `ns.dns.${domain}` }];
  }
  if (name === `ns.dns.${domain}`) return [{ name, type: 'A', address: names.serverAddress }];
  if (name === `dns-version.${domain}`) return [{ name, type: 'TXT', text: SPECIFICATION }];
  return ['svc', 'pod', 'dns'].some((label) => name === `${label}.${domain}`) ? [] : undefined;
}

/** `10-244-0-5.default.pod` says the address itself; only the namespace has to exist. */
function podRecords(names: ClusterNames, name: string): readonly ZoneRecord[] | undefined {
  const local = name.slice(0, -names.domain.length - 1);
  const [, dashed, namespace = ''] = POD_NAME.exec(local) ?? [];
  if (dashed !== undefined) {
    const address = dashed.replaceAll('-', '.');
    const isAddress = address.split('.').every((part) => Number(part) <= 255);
    return isAddress && names.hasNamespace(namespace) ? [{ name, type: 'A', address }] : undefined;
  }
  return local.endsWith('.pod') && names.hasNamespace(local.slice(0, -'.pod'.length)) ? [] : undefined;
}

function recordsOf(names: ClusterNames, name: string): readonly ZoneRecord[] | undefined {
  return fixedRecords(names, name) ?? names.zone.lookup(name) ?? podRecords(names, name);
}

function isInDomain(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** The reverse name of an address in one of our ranges. */
function isOwnReverse(names: ClusterNames, name: string): boolean {
  const [, d, c, b, a] = REVERSE_NAME.exec(name) ?? [];
  if (a === undefined || [a, b, c, d].some((part) => Number(part) > 255)) return false;
  const address = parseIpv4([a, b, c, d].map(Number).join('.'));
  return names.ranges.some((range) => isInRange(address, range));
}

/** Follows CNAMEs from `name`, as far as they stay in the cluster. */
function follow(names: ClusterNames, name: string, type: string): { answers: ZoneRecord[]; chase?: string } {
  const answers: ZoneRecord[] = [];
  let current = name;
  for (let step = 0; step < MAX_CHAIN; step++) {
    const records = recordsOf(names, current) ?? [];
    answers.push(...records.filter((record) => record.type === type || type === 'ANY'));
    const alias = records.find((record) => record.type === 'CNAME');
    if (type === 'CNAME' || type === 'ANY' || alias?.type !== 'CNAME') return { answers };
    answers.push(alias);
    current = alias.target;
    if (!isInDomain(current, names.domain)) return { answers, chase: current };
  }
  return { answers };
}

/** A host of an Ingress has an address here and nothing else; whatever stands around it is asked of others. */
function hostAnswer(names: ClusterNames, name: string, type: string): Answer | undefined {
  const records = names.hosts.lookup(name);
  if (!records) return undefined;
  const answers = records.filter((record) => record.type === type || type === 'ANY');
  const authority = answers.length === 0 ? [startOfAuthority(names, name)] : [];
  return { exists: true, answers, authority, additional: [] };
}

/** `name` in lower case without the last dot, `type` as `A`, `SRV`, …. Undefined: not a name of the cluster. */
export function answerQuestion(names: ClusterNames, name: string, type: string): Answer | undefined {
  const isOurs = isInDomain(name, names.domain);
  const isReverse = !isOurs && (names.zone.lookup(name) !== undefined || isOwnReverse(names, name));
  if (!isOurs && !isReverse) return hostAnswer(names, name, type);
  const exists = recordsOf(names, name) !== undefined;
  const { answers, chase } = follow(names, name, type);
  const targets = new Set(
    answers.flatMap((record) => (record.type === 'SRV' || record.type === 'NS' ? record.target : [])),
  );
  const additional = [...targets].flatMap((target) =>
    (recordsOf(names, target) ?? []).filter((record) => record.type === 'A'),
  );
  const zoneName = isOurs ? names.domain : name.slice(name.indexOf('.') + 1);
  const authority = answers.length === 0 ? [startOfAuthority(names, zoneName)] : [];
  return { exists, answers, authority, additional, ...(chase ? { chase } : {}) };
}
