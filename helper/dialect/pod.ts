/**
 * Dialect Pod -> canonical Pod.
 *
 * The pod's `cpu` and `mem` are a ceiling for all its containers: what the containers with limits of their own leave of it is
 * the limit of those without. Its `volume` list mounts host folders into every container; `$` in front stands for the project
 * root of whichever node runs the pod, which only that node knows, so it is passed on as it is.
 * https://kubernetes.io/docs/concepts/workloads/pods/
 */
import type { Container, PodSpec, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import { type Pod, podResource } from '../api/core/pod';
import { cpuMillicores, cpuQuantity, memoryBytes, memoryQuantity } from './amounts';
import type { FieldReader } from './field-reader';
import { readLabels, readName } from './read-metadata';

/** Read by the scheduler. */
export const STRATEGY_ANNOTATION = 'minik8s.io/scheduling-strategy';
/** Shown by `show pods`: the ceilings as written. */
export const CPU_ANNOTATION = 'minik8s.io/cpu';
export const MEMORY_ANNOTATION = 'minik8s.io/mem';

const MAX_PORT = 65_535;

interface Limits {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
}

function readCpu(fields: FieldReader): number | undefined {
  const text = fields.text('cpu');
  if (text === undefined) return undefined;
  const value = cpuMillicores(text);
  if (value === undefined || value === 0)
    throw fields.wrong('cpu', `${JSON.stringify(text)} is wrong, expected a number of cores such as 2 or 0.5`);
  return value;
}

function readMemory(fields: FieldReader, field: string): number | undefined {
  const text = fields.text(field);
  if (text === undefined) return undefined;
  const value = memoryBytes(text);
  if (value === undefined || value === 0)
    throw fields.wrong(field, `${JSON.stringify(text)} is wrong, expected an amount such as 512k, 100m or 1g`);
  return value;
}

/** `resource: {cpu, memory}`, or an empty `resource:` with cpu and memory beside it. */
function readLimits(fields: FieldReader): Limits {
  const nested = fields.nested('resource');
  const beside = { cpu: readCpu(fields), memory: readMemory(fields, 'memory') };
  if (!nested) return beside;
  const inside = { cpu: readCpu(nested), memory: readMemory(nested, 'memory') };
  nested.refuseUnknown();
  return { cpu: inside.cpu ?? beside.cpu, memory: inside.memory ?? beside.memory };
}

interface ReadContainer {
  readonly container: Container;
  readonly limits: Limits;
}

function readContainer(fields: FieldReader): ReadContainer {
  const port = fields.integer('port', 1, MAX_PORT);
  const command = fields.textList('command');
  const args = fields.textList('args');
  const container: Container = {
    name: readName(fields).name,
    image: fields.requiredText('image'),
    // Labs have no registry: an image that is there is the image that is meant.
    imagePullPolicy: 'IfNotPresent',
    ...(command ? { command } : {}),
    ...(args ? { args } : {}),
    ...(port ? { ports: [{ containerPort: port }] } : {}),
  };
  const limits = readLimits(fields);
  fields.refuseUnknown();
  return { container, limits };
}

/** Gives containers without a limit an equal share of what the others leave of the ceiling. */
function shareCeiling(read: readonly ReadContainer[], ceiling: Limits, fields: FieldReader): Container[] {
  const share = (resource: keyof Limits, field: string) => {
    const total = ceiling[resource];
    if (total === undefined) return undefined;
    const claimed = read.reduce((sum, { limits }) => sum + (limits[resource] ?? 0), 0);
    const without = read.filter(({ limits }) => limits[resource] === undefined).length;
    if (claimed > total) throw fields.wrong(field, 'the containers ask for more than the pod may use');
    if (without === 0) return undefined;
    const left = Math.floor((total - claimed) / without);
    if (left === 0) throw fields.wrong(field, 'nothing is left of it for the containers without a limit of their own');
    return left;
  };
  const shares = { cpu: share('cpu', 'cpu'), memory: share('memory', 'mem') };
  return read.map(({ container, limits }) => {
    const cpu = limits.cpu ?? shares.cpu;
    const memory = limits.memory ?? shares.memory;
    if (cpu === undefined && memory === undefined) return container;
    const amounts = {
      ...(cpu ? { cpu: cpuQuantity(cpu) } : {}),
      ...(memory ? { memory: memoryQuantity(memory) } : {}),
    };
    return { ...container, resources: { limits: amounts } };
  });
}

interface HostFolders {
  readonly volumes: Volume[];
  readonly mounts: VolumeMount[];
}

/** `host:container` pairs. */
function readHostFolders(fields: FieldReader): HostFolders {
  const volumes: Volume[] = [];
  const mounts: VolumeMount[] = [];
  (fields.textList('volume') ?? []).forEach((pair, index) => {
    const colon = pair.indexOf(':');
    const [host, target] = [pair.slice(0, colon), pair.slice(colon + 1)];
    if (colon < 1 || !/^(\/|\$(\/|$))/.test(host) || !target.startsWith('/')) {
      throw fields.wrong(
        'volume',
        `${JSON.stringify(pair)} is wrong, expected HOST:CONTAINER with absolute paths ($ in front: the project root)`,
      );
    }
    volumes.push({ name: `volume-${index}`, hostPath: { path: host, type: 'DirectoryOrCreate' } });
    mounts.push({ name: `volume-${index}`, mountPath: target });
  });
  return { volumes, mounts };
}

export interface DialectTemplate {
  readonly spec: PodSpec;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** The parts of a dialect document that describe a pod, of a Pod or of a ReplicaSet's flat template. */
export function readTemplate(fields: FieldReader): DialectTemplate {
  const ceiling: Limits = { cpu: readCpu(fields), memory: readMemory(fields, 'mem') };
  const strategy = fields.oneOf('strategy', ['roundrobin', 'random']);
  const folders = readHostFolders(fields);
  const metadata = fields.nested('metadata');
  const labels = readLabels(metadata);
  // Users write the containers at the top or under metadata.
  const listed = [...fields.nestedList('containers'), ...(metadata?.nestedList('containers') ?? [])];
  metadata?.refuseUnknown();
  if (listed.length === 0) throw fields.wrong('containers', 'is missing, expected a list of containers');
  const containers = shareCeiling(listed.map(readContainer), ceiling, fields);
  const mounted =
    folders.mounts.length > 0
      ? containers.map((container) => ({ ...container, volumeMounts: folders.mounts }))
      : containers;
  return {
    spec: { containers: mounted, ...(folders.volumes.length > 0 ? { volumes: folders.volumes } : {}) },
    labels,
    annotations: {
      ...(strategy ? { [STRATEGY_ANNOTATION]: strategy } : {}),
      ...(ceiling.cpu ? { [CPU_ANNOTATION]: cpuQuantity(ceiling.cpu) } : {}),
      ...(ceiling.memory ? { [MEMORY_ANNOTATION]: memoryQuantity(ceiling.memory) } : {}),
    },
  };
}

export function convertPod(fields: FieldReader): Pod {
  const { name, annotations: nameAnnotations } = readName(fields);
  const { spec, labels, annotations } = readTemplate(fields);
  fields.refuseUnknown();
  return {
    apiVersion: 'v1',
    kind: podResource.kind,
    metadata: { name, labels, annotations: { ...nameAnnotations, ...annotations } },
    spec,
  };
}
