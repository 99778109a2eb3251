/**
 * Dialect Service -> canonical Service.
 * https://kubernetes.io/docs/concepts/services-networking/service/
 */
import type { ServicePort } from 'kubernetes-types/core/v1';
import { type Service, serviceResource } from '../api/core/service';
import type { FieldReader } from './field-reader';
import { readName } from './read-metadata';

/** Read by kube-proxy. */
const SERVICE_STRATEGY_ANNOTATION = 'minik8s.io/service-strategy';
const MAX_PORT = 65_535;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

function readPort(fields: FieldReader, several: boolean): ServicePort {
  const protocol = (fields.text('protocol') ?? 'tcp').toUpperCase();
  if (!['TCP', 'UDP', 'SCTP'].includes(protocol))
    throw fields.wrong('protocol', `${JSON.stringify(protocol)} is unknown, expected tcp, udp or sctp`);
  const port = fields.integer('port', 1, MAX_PORT);
  if (port === undefined) throw fields.wrong('port', 'is missing, expected a port number');
  const target = fields.text('targetPort');
  const name = fields.text('name');
  const nodePort = fields.integer('nodePort', 1, MAX_PORT);
  fields.refuseUnknown();
  return {
    // The API wants names as soon as there are two.
    ...(name ? { name } : several ? { name: `${protocol.toLowerCase()}-${port}` } : {}),
    protocol: protocol as 'TCP' | 'UDP' | 'SCTP',
    port,
    ...(target ? { targetPort: /^\d+$/.test(target) ? Number(target) : target } : {}),
    ...(nodePort ? { nodePort } : {}),
  };
}

export function convertService(fields: FieldReader): Service {
  const { name, annotations } = readName(fields);
  const type = fields.oneOf('type', ['ClusterIP', 'NodePort']) ?? 'ClusterIP';
  const clusterIP = fields.text('clusterIP');
  if (clusterIP !== undefined && !IPV4.test(clusterIP))
    throw fields.wrong('clusterIP', `${JSON.stringify(clusterIP)} is wrong, expected an address such as 192.168.88.88`);
  const strategy = fields.oneOf('strategy', ['random', 'roundrobin']);
  const selector = fields.textMap('selector');
  const metadata = fields.nested('metadata');
  const labels = metadata?.textMap('labels');
  metadata?.refuseUnknown();
  const listed = fields.nestedList('ports');
  if (listed.length === 0)
    throw fields.wrong('ports', 'is missing, expected a list such as [{protocol: tcp, port: 88, targetPort: 80}]');
  const ports = listed.map((port) => readPort(port, listed.length > 1));
  fields.refuseUnknown();
  return {
    apiVersion: 'v1',
    kind: serviceResource.kind,
    metadata: {
      name,
      ...(labels ? { labels } : {}),
      annotations: { ...annotations, ...(strategy ? { [SERVICE_STRATEGY_ANNOTATION]: strategy } : {}) },
    },
    spec: { type, ports, ...(selector ? { selector } : {}), ...(clusterIP ? { clusterIP } : {}) },
  };
}
