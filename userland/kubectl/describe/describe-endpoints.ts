/**
 * `describe endpoints` and `describe endpointslice`, and the short form of both that other descriptions show.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
import type { Endpoints } from '../../../helper/api/core/endpoints';
import type { EndpointSlice } from '../../../helper/api/discovery/endpoint-slice';
import type { AnyObject } from '../resources/get-object';
import { describeHead } from './describe-head';
import type { DescribeText } from './describe-text';

/** Endpoints named in one line; of the others, the number. */
const MAX_SHOWN = 3;

/** `10.0.0.1:80,10.0.0.2:80 + 2 more...` */
function shortList(texts: readonly string[]): string {
  if (texts.length <= MAX_SHOWN) return texts.join(',');
  return `${texts.slice(0, MAX_SHOWN).join(',')} + ${texts.length - MAX_SHOWN} more...`;
}

/** Ready endpoints of a Service's port, in short; `<none>` where there are no slices. */
export function sliceEndpointsText(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const texts = slices.flatMap(({ ports, endpoints }) =>
    (ports ?? [])
      .filter(({ name }) => (name ?? '') === portName)
      .flatMap(({ port }) =>
        (endpoints ?? [])
          .filter(({ conditions }) => conditions?.ready !== false)
          .map(({ addresses }) => `${addresses[0] ?? ''}:${port ?? ''}`),
      ),
  );
  return shortList(texts);
}

export function describeEndpoints(text: DescribeText, object: AnyObject): void {
  const { subsets = [] } = object as Endpoints;
  describeHead(text, object);
  text.line(0, 'Subsets:');
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const ips = (all: readonly { readonly ip: string }[]) => all.map(({ ip }) => ip).join(',') || '<none>';
    text.line(1, 'Addresses:', ips(addresses)).line(1, 'NotReadyAddresses:', ips(notReadyAddresses));
    if (ports.length > 0) {
      text.line(1, 'Ports:');
      text.table(
        2,
        ['Name', 'Port', 'Protocol'],
        ports.map(({ name, port, protocol = 'TCP' }) => [name ?? '<unset>', String(port), protocol]),
      );
    }
    text.line(0, '');
  }
}

export function describeEndpointSlice(text: DescribeText, slice: EndpointSlice): void {
  describeHead(text, slice);
  text.line(0, 'AddressType:', slice.addressType);
  const ports = slice.ports ?? [];
  if (ports.length === 0) text.line(0, 'Ports: <unset>');
  else {
    const rows = ports.map(({ name, port, protocol }) => [
      name || '<unset>',
      String(port ?? '<unset>'),
      protocol ?? 'TCP',
    ]);
    text.line(0, 'Ports:').table(1, ['Name', 'Port', 'Protocol'], rows);
  }
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length === 0) text.line(0, 'Endpoints: <none>');
  else text.line(0, 'Endpoints:');
  for (const { addresses, conditions, hostname, targetRef, nodeName, zone } of endpoints) {
    text.line(1, '- Addresses:', addresses.join(',') || '<none>').line(2, 'Conditions:');
    text.line(3, 'Ready:', String(conditions?.ready ?? '<unset>')).line(2, 'Hostname:', hostname ?? '<unset>');
    if (targetRef) text.line(2, 'TargetRef:', `${targetRef.kind ?? ''}/${targetRef.name ?? ''}`);
    text.line(2, 'NodeName:', nodeName ?? '<unset>').line(2, 'Zone:', zone ?? '<unset>');
  }
}
