/**
 * The kubelet's configuration file: a KubeletConfiguration (kubelet.config.k8s.io/v1beta1) with the fields that count here.
 *
 * Pure but for `loadKubeletConfiguration`. A field that is not known, or a value that makes no sense, ends the kubelet with a
 * sentence about it: a setting that is silently ignored is worse than none. What the file does not say is Kubernetes' default.
 * https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
 */
import { existsSync, readFileSync } from 'node:fs';
import { bytesOf, isQuantity } from '../../../helper/api/quantity';
import type { PriorityPeriod } from '../shutdown/shutdown-groups';
import { durationMs } from './duration';

const API_VERSION = 'kubelet.config.k8s.io/v1beta1';
const KIND = 'KubeletConfiguration';
/** Signals of the node this kubelet measures. Kubernetes also has containerfs, for runtimes that keep writable layers apart from images. */
const SIGNALS = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'pid.available',
];

type Amounts = Readonly<Record<string, string>>;

export interface KubeletConfiguration {
  /** pods have control groups of their own, below those of their class */
  readonly cgroupsPerQos: boolean;
  readonly maxPods: number;
  /** processes a pod may have; -1 = no limit */
  readonly podPidsLimit: number;
  readonly containerLogMaxSizeBytes: number;
  /** a container's log files, the one being written included */
  readonly containerLogMaxFiles: number;
  /** kept from pods for the kubelet and its like, by resource */
  readonly kubeReserved: Amounts;
  /** kept from pods for the rest of the system, by resource */
  readonly systemReserved: Amounts;
  /** signal to the amount (`100Mi`) or share (`10%`) below which pods are evicted at once */
  readonly evictionHard: Amounts;
  /** as above, when it lasts as long as `evictionSoftGracePeriodMs` says */
  readonly evictionSoft: Amounts;
  readonly evictionSoftGracePeriodMs: Readonly<Record<string, number>>;
  /** how much more than the threshold is reclaimed before the pressure counts as over */
  readonly evictionMinimumReclaim: Amounts;
  /** longest grace of a pod evicted by a soft threshold */
  readonly evictionMaxPodGracePeriodSeconds: number;
  /** a condition of pressure stays this long after its last sign */
  readonly evictionPressureTransitionMs: number;
  /** above this use of their disk, unused images are removed; 100 = never */
  readonly imageGcHighThresholdPercent: number;
  /** and down to this one */
  readonly imageGcLowThresholdPercent: number;
  /** an image is not removed before it has been here this long */
  readonly imageMinimumGcAgeMs: number;
  /** an image unused for this long is removed however much space there is; 0 = never */
  readonly imageMaximumGcAgeMs: number;
  /** how long a shutdown of the machine waits for pods; 0 = not at all */
  readonly shutdownGracePeriodMs: number;
  /** the part of it kept for critical pods, which end last */
  readonly shutdownGracePeriodCriticalPodsMs: number;
  /** in place of the two above: a period for the pods from each priority upwards */
  readonly shutdownGracePeriodByPodPriority: readonly PriorityPeriod[];
}

export const DEFAULT_CONFIGURATION: KubeletConfiguration = {
  cgroupsPerQos: true,
  maxPods: 110,
  podPidsLimit: -1,
  containerLogMaxSizeBytes: 10 * 1024 * 1024,
  containerLogMaxFiles: 5,
  kubeReserved: {},
  systemReserved: {},
  // Not Kubernetes' 10 % of the disk as well: a laptop's disk that others filled would leave a cluster on which nothing may run.
  evictionHard: { 'memory.available': '100Mi' },
  evictionSoft: {},
  evictionSoftGracePeriodMs: {},
  evictionMinimumReclaim: {},
  evictionMaxPodGracePeriodSeconds: 0,
  evictionPressureTransitionMs: 5 * 60_000,
  imageGcHighThresholdPercent: 85,
  imageGcLowThresholdPercent: 80,
  imageMinimumGcAgeMs: 2 * 60_000,
  imageMaximumGcAgeMs: 0,
  shutdownGracePeriodMs: 0,
  shutdownGracePeriodCriticalPodsMs: 0,
  shutdownGracePeriodByPodPriority: [],
};

type Reader = (value: unknown, field: string) => Partial<KubeletConfiguration>;

/** One row a field of the file. */
const READERS: Readonly<Record<string, Reader>> = {
  cgroupsPerQOS: (value, field) => ({ cgroupsPerQos: yesOrNo(value, field) }),
  maxPods: (value, field) => ({ maxPods: wholeNumber(value, field, 0) }),
  podPidsLimit: (value, field) => ({ podPidsLimit: wholeNumber(value, field, -1) }),
  containerLogMaxSize: (value, field) => ({ containerLogMaxSizeBytes: bytesOf(quantity(value, field)) }),
  containerLogMaxFiles: (value, field) => ({ containerLogMaxFiles: wholeNumber(value, field, 2) }),
  kubeReserved: (value, field) => ({ kubeReserved: amounts(value, field, quantity) }),
  systemReserved: (value, field) => ({ systemReserved: amounts(value, field, quantity) }),
  evictionHard: (value, field) => ({ evictionHard: signals(value, field, threshold) }),
  evictionSoft: (value, field) => ({ evictionSoft: signals(value, field, threshold) }),
  evictionSoftGracePeriod: (value, field) => ({ evictionSoftGracePeriodMs: signals(value, field, duration) }),
  evictionMinimumReclaim: (value, field) => ({ evictionMinimumReclaim: signals(value, field, threshold) }),
  evictionMaxPodGracePeriod: (value, field) => ({ evictionMaxPodGracePeriodSeconds: wholeNumber(value, field, 0) }),
  evictionPressureTransitionPeriod: (value, field) => ({ evictionPressureTransitionMs: duration(value, field) }),
  imageGCHighThresholdPercent: (value, field) => ({ imageGcHighThresholdPercent: percent(value, field) }),
  imageGCLowThresholdPercent: (value, field) => ({ imageGcLowThresholdPercent: percent(value, field) }),
  imageMinimumGCAge: (value, field) => ({ imageMinimumGcAgeMs: duration(value, field) }),
  imageMaximumGCAge: (value, field) => ({ imageMaximumGcAgeMs: duration(value, field) }),
  shutdownGracePeriod: (value, field) => ({ shutdownGracePeriodMs: shutdownPeriod(value, field) }),
  shutdownGracePeriodCriticalPods: (value, field) => ({
    shutdownGracePeriodCriticalPodsMs: shutdownPeriod(value, field),
  }),
  shutdownGracePeriodByPodPriority: (value, field) => ({
    shutdownGracePeriodByPodPriority: priorityPeriods(value, field),
  }),
};

/** Reads the file; the defaults when there is none. Throws an Error that names the field. */
export async function loadKubeletConfiguration(path: string): Promise<KubeletConfiguration> {
  if (!existsSync(path)) return DEFAULT_CONFIGURATION;
  // Loaded when there is a file: most nodes have none.
  const { parse } = await import('yaml');
  try {
    return parseKubeletConfiguration(parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Error(`kubelet configuration ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The configuration a file's object means. */
export function parseKubeletConfiguration(file: unknown): KubeletConfiguration {
  const { apiVersion, kind, ...fields } = objectOf(file, 'the file');
  if (apiVersion !== API_VERSION || kind !== KIND) {
    throw new Error(`expected apiVersion "${API_VERSION}" and kind "${KIND}"`);
  }
  let configuration = DEFAULT_CONFIGURATION;
  for (const [field, value] of Object.entries(fields)) {
    const read = READERS[field];
    if (!read) throw new Error(`field "${field}" is not known here; known are ${Object.keys(READERS).join(', ')}`);
    configuration = { ...configuration, ...read(value, field) };
  }
  checkTogether(configuration);
  return configuration;
}

/** Fields that make no sense beside each other. */
function checkTogether(configuration: KubeletConfiguration): void {
  const { evictionSoft, evictionSoftGracePeriodMs } = configuration;
  const endless = Object.keys(evictionSoft).find((signal) => evictionSoftGracePeriodMs[signal] === undefined);
  if (endless) throw new Error(`evictionSoftGracePeriod has no period for the soft threshold "${endless}"`);
  const { imageGcHighThresholdPercent: high, imageGcLowThresholdPercent: low } = configuration;
  if (low >= high)
    throw new Error(`imageGCLowThresholdPercent ${low} must be less than imageGCHighThresholdPercent ${high}`);
  const { imageMaximumGcAgeMs: oldest, imageMinimumGcAgeMs: youngest } = configuration;
  if (oldest > 0 && oldest <= youngest) {
    throw new Error(`imageMaximumGCAge ${oldest} ms must be greater than imageMinimumGCAge ${youngest} ms`);
  }
  const { shutdownGracePeriodMs: whole, shutdownGracePeriodCriticalPodsMs: critical } = configuration;
  if (critical > whole) {
    throw new Error(`shutdownGracePeriodCriticalPods ${critical} ms must be <= shutdownGracePeriod ${whole} ms`);
  }
  if (whole > 0 && configuration.shutdownGracePeriodByPodPriority.length > 0) {
    throw new Error('shutdownGracePeriodByPodPriority and shutdownGracePeriod cannot both be set');
  }
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`);
  return value as Record<string, unknown>;
}

function wholeNumber(value: unknown, field: string, least: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  throw new Error(`${field}: expected a whole number of at least ${least}, not ${JSON.stringify(value)}`);
}

function percent(value: unknown, field: string): number {
  if (wholeNumber(value, field, 0) <= 100) return value as number;
  throw new Error(`${field}: expected at most 100, not ${JSON.stringify(value)}`);
}

function yesOrNo(value: unknown, field: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`${field}: expected true or false, not ${JSON.stringify(value)}`);
}

function quantity(value: unknown, field: string): string {
  if (isQuantity(value)) return String(value);
  throw new Error(`${field}: expected a quantity such as "100Mi", not ${JSON.stringify(value)}`);
}

function threshold(value: unknown, field: string): string {
  if (typeof value === 'string' && /^\d+(\.\d+)?%$/.test(value) && Number.parseFloat(value) <= 100) return value;
  return quantity(value, field);
}

function duration(value: unknown, field: string): number {
  const milliseconds = typeof value === 'string' ? durationMs(value) : undefined;
  if (milliseconds !== undefined) return milliseconds;
  throw new Error(`${field}: expected a duration such as "1m30s", not ${JSON.stringify(value)}`);
}

function shutdownPeriod(value: unknown, field: string): number {
  const milliseconds = duration(value, field);
  if (milliseconds === 0 || milliseconds >= 1000) return milliseconds;
  throw new Error(`${field}: expected zero or at least one second, not ${JSON.stringify(value)}`);
}

function priorityPeriods(value: unknown, field: string): PriorityPeriod[] {
  if (!Array.isArray(value)) throw new Error(`${field}: expected a list, not ${JSON.stringify(value)}`);
  return value.map((each: unknown, index) => {
    const place = `${field}[${index}]`;
    const { priority, shutdownGracePeriodSeconds } = objectOf(each, place);
    return {
      priority: wholeNumber(priority, `${place}.priority`, -2_147_483_648),
      seconds: wholeNumber(shutdownGracePeriodSeconds, `${place}.shutdownGracePeriodSeconds`, 0),
    };
  });
}

function amounts<T>(value: unknown, field: string, read: (value: unknown, field: string) => T): Record<string, T> {
  const entries = Object.entries(objectOf(value, field));
  return Object.fromEntries(entries.map(([name, each]) => [name, read(each, `${field}.${name}`)]));
}

function signals<T>(value: unknown, field: string, read: (value: unknown, field: string) => T): Record<string, T> {
  const foreign = Object.keys(objectOf(value, field)).find((name) => !SIGNALS.includes(name));
  if (foreign) throw new Error(`${field}: signal "${foreign}" is not known here; known are ${SIGNALS.join(', ')}`);
  return amounts(value, field, read);
}
