/**
 * What a node tells the others of its end of the overlay: annotations of its Node, under flannel's names and in flannel's form.
 * https://github.com/flannel-io/flannel/blob/master/Documentation/kubernetes.md
 */
import type { Node } from '../../../helper/api/core/node';

export type OverlayBackend = 'vxlan' | 'host-gw';

const PREFIX = 'flannel.alpha.coreos.com';
const BACKEND_TYPE = `${PREFIX}/backend-type`;
const BACKEND_DATA = `${PREFIX}/backend-data`;
const PUBLIC_IP = `${PREFIX}/public-ip`;
const SUBNET_MANAGER = `${PREFIX}/kube-subnet-manager`;
const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/;

/** One end of the overlay. */
export interface OverlayEnd {
  readonly backend: OverlayBackend;
  readonly publicIp: string;
  /** of VXLAN only: hardware address of the device there */
  readonly mac?: string;
}

/** The annotations of an end. */
export function annotationsOf({ backend, publicIp, mac }: OverlayEnd, vni: number): Record<string, string> {
  return {
    [BACKEND_TYPE]: backend,
    [BACKEND_DATA]: backend === 'vxlan' ? JSON.stringify({ VNI: vni, VtepMAC: mac }) : 'null',
    [PUBLIC_IP]: publicIp,
    [SUBNET_MANAGER]: 'true',
  };
}

/** The end a Node tells of; undefined when it has told nothing yet, or nothing that can be used. */
export function endOf({ metadata: { annotations = {} } }: Node): OverlayEnd | undefined {
  const { [BACKEND_TYPE]: backend, [PUBLIC_IP]: publicIp } = annotations;
  if (!publicIp) return undefined;
  if (backend === 'host-gw') return { backend, publicIp };
  const mac = vtepMac(annotations[BACKEND_DATA] ?? '');
  return backend === 'vxlan' && mac ? { backend, publicIp, mac } : undefined;
}

function vtepMac(backendData: string): string | undefined {
  try {
    const { VtepMAC } = JSON.parse(backendData) as { VtepMAC?: unknown };
    return typeof VtepMAC === 'string' && MAC.test(VtepMAC.toLowerCase()) ? VtepMAC.toLowerCase() : undefined;
  } catch {
    return undefined;
  }
}
