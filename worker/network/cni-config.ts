/**
 * The network of a container runtime that calls CNI plugins: their configuration, made of this node's bridge and range.
 *
 * The plugin `bridge` makes the veth pair and plugs it into the bridge that is there already; `host-local` gives out the addresses.
 * Services, names and other nodes then find these pods like any others.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { halvesOf } from './address-pool';

const FILE_NAME = '10-minik8s.conflist';

export interface CniPlan {
  readonly bridgeName: string;
  readonly podCidr: string;
  readonly mtu: number;
  /** where `host-local` remembers whose each address is */
  readonly dataDirectory: string;
  /** pods of a runtime that we connect get addresses of the same range */
  readonly isShared?: boolean;
}

/** The text of a configuration list. The gateway is the bridge's own address: the first of the range. Pure. */
export function renderCniConfig({ bridgeName, podCidr, mtu, dataDirectory, isShared = false }: CniPlan): string {
  const { first: rangeStart, last: rangeEnd } = halvesOf(podCidr);
  const ipam = {
    type: 'host-local',
    dataDir: dataDirectory,
    ranges: [[{ subnet: podCidr, ...(isShared ? { rangeStart, rangeEnd } : {}) }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  // Hairpin: a pod may reach itself through its own Service.
  const bridge = { type: 'bridge', bridge: bridgeName, hairpinMode: true, isGateway: false, ipMasq: false, mtu, ipam };
  return `${JSON.stringify({ cniVersion: '0.4.0', name: 'minik8s', plugins: [bridge] }, null, 2)}\n`;
}

/** Writes it where the runtime looks, whole or not at all; a text that is there already is left alone. */
export function writeCniConfig(folder: string, text: string): void {
  const file = join(folder, FILE_NAME);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  mkdirSync(folder, { recursive: true });
  // In the folder itself: containerd looks at it anew when a file there gets another name, not when one is moved in.
  const draft = `${file}.new`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}
