/**
 * `create quota`, `priorityclass`, `poddisruptionbudget`, `ingress`, `job` and `cronjob`, from flags.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/
 */
import { CommandError } from '../command-error';
import { collectWhole, integer } from '../flags';
import type { AnyObject } from '../resources/get-object';
import type { Surroundings, TypedCreate } from './create-typed';
import { splitList } from './create-typed';

/** Flags of these commands, as commander leaves them. */
export interface PolicyFlags {
  readonly hard?: readonly string[];
  readonly scopes?: readonly string[];
  readonly value?: number;
  readonly globalDefault?: boolean;
  readonly description?: string;
  readonly preemptionPolicy?: string;
  readonly selector?: string;
  readonly minAvailable?: string;
  readonly maxUnavailable?: string;
  readonly rule?: readonly string[];
  readonly class?: string;
  readonly defaultBackend?: string;
  readonly image?: string;
  readonly from?: string;
  readonly schedule?: string;
  readonly restart?: string;
}

function pairsOf(texts: readonly string[] | undefined, what: string): Record<string, string> {
  return Object.fromEntries(
    (texts ?? []).map((text) => {
      const equals = text.indexOf('=');
      if (equals < 1) throw new CommandError(`invalid ${what}: ${text}, expected name=value`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

function buildQuota(name: string, { hard, scopes }: PolicyFlags): AnyObject {
  const spec = { hard: pairsOf(hard, 'hard limit'), ...(scopes?.length ? { scopes } : {}) };
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec };
}

function buildPriorityClass(name: string, flags: PolicyFlags): AnyObject {
  const { value = 0, globalDefault = false, description = '', preemptionPolicy = 'PreemptLowerPriority' } = flags;
  const fields = {
    value,
    ...(globalDefault ? { globalDefault } : {}),
    ...(description ? { description } : {}),
    preemptionPolicy,
  };
  return { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, ...fields } as AnyObject;
}

const countOrPercent = (text: string) => (/^\d+$/.test(text) ? Number(text) : text);

function buildDisruptionBudget(name: string, { selector, minAvailable, maxUnavailable }: PolicyFlags): AnyObject {
  if (!selector) throw new CommandError('a selector must be specified');
  if ((minAvailable === undefined) === (maxUnavailable === undefined))
    throw new CommandError('one of min-available or max-unavailable must be specified');
  const spec = {
    ...(minAvailable === undefined ? {} : { minAvailable: countOrPercent(minAvailable) }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable: countOrPercent(maxUnavailable) }),
    selector: { matchLabels: pairsOf(selector.split(','), 'selector') },
  };
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec };
}

function backendOf(text: string): object {
  const [name, port, ...more] = text.split(':');
  if (!name || !port || more.length) throw new CommandError(`backend ${text} is not in the form service:port`);
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
}

/** `host/path*=service:port[,tls[=secret]]` */
function ingressRule(text: string): { readonly host: string; readonly path: object; readonly tls: object[] } {
  const [, host = '', path = '', service = '', isSecure, secretName] =
    /^([^/]*)(\/[^=]*)=([^,]+)(,tls(?:=(.+))?)?$/.exec(text) ?? [];
  if (!path)
    throw new CommandError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  const isPrefix = path.endsWith('*');
  const pathText = isPrefix ? path.slice(0, -1) : path;
  const tls = isSecure ? [{ ...(host ? { hosts: [host] } : {}), ...(secretName ? { secretName } : {}) }] : [];
  return { host, path: { path: pathText, pathType: isPrefix ? 'Prefix' : 'Exact', backend: backendOf(service) }, tls };
}

function buildIngress(name: string, flags: PolicyFlags): AnyObject {
  const rules = (flags.rule ?? []).map(ingressRule);
  if (!rules.length && !flags.defaultBackend)
    throw new CommandError(
      'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
    );
  const hosts = [...new Set(rules.map(({ host }) => host))];
  const tls = rules.flatMap((rule) => rule.tls);
  const spec = {
    ...(flags.class ? { ingressClassName: flags.class } : {}),
    ...(flags.defaultBackend ? { defaultBackend: backendOf(flags.defaultBackend) } : {}),
    ...(tls.length ? { tls } : {}),
    rules: hosts.map((host) => ({
      ...(host ? { host } : {}),
      http: { paths: rules.filter((rule) => rule.host === host).map(({ path }) => path) },
    })),
  };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name }, spec };
}

function jobSpec(name: string, { image, restart }: PolicyFlags, { command }: Surroundings, fallback: string): object {
  if (!image) throw new CommandError('required flag(s) "image" not set');
  const container = { name, image, ...(command.length ? { command } : {}) };
  return { template: { spec: { containers: [container], restartPolicy: restart ?? fallback } } };
}

interface WithJobTemplate {
  readonly spec?: { readonly jobTemplate?: { readonly metadata?: AnyObject['metadata']; readonly spec?: object } };
}

/** A run out of turn of a CronJob, which owns it like its others. */
export function jobFrom(name: string, cronJob: AnyObject): AnyObject {
  if (cronJob.kind !== 'CronJob')
    throw new CommandError(
      `from must be an existing cronjob, not ${cronJob.kind} ${JSON.stringify(cronJob.metadata.name)}`,
    );
  const { metadata, spec } = (cronJob as AnyObject & WithJobTemplate).spec?.jobTemplate ?? {};
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: cronJob.metadata.name,
    uid: cronJob.metadata.uid ?? '',
    controller: true,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      annotations: { ...metadata?.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      ownerReferences: [owner],
    },
    spec,
  } as AnyObject;
}

function buildCronJob(name: string, flags: PolicyFlags, around: Surroundings): AnyObject {
  if (!flags.schedule) throw new CommandError('required flag(s) "schedule" not set');
  const jobTemplate = { metadata: { name }, spec: jobSpec(name, flags, around, 'OnFailure') };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: { schedule: flags.schedule, jobTemplate },
  };
}

export const POLICY_CREATES: readonly TypedCreate<PolicyFlags>[] = [
  {
    name: 'quota',
    aliases: ['resourcequota'],
    description: 'create quota small --hard=pods=3,cpu=1',
    addFlags: (command) =>
      command
        .option('--hard <limits>', 'cpu=1,pods=3,...', splitList)
        .option('--scopes <scopes>', 'BestEffort, Terminating, ...', splitList),
    build: buildQuota,
  },
  {
    name: 'priorityclass',
    aliases: ['pc'],
    description: 'create priorityclass high --value=1000',
    addFlags: (command) =>
      command
        .option('--value <number>', 'the priority', integer)
        .option('--global-default', 'for pods that name no class')
        .option('--description <text>', 'what it is for')
        .option('--preemption-policy <policy>', 'PreemptLowerPriority or Never'),
    build: buildPriorityClass,
  },
  {
    name: 'poddisruptionbudget',
    aliases: ['pdb'],
    description: 'create poddisruptionbudget web --selector=app=web --min-available=1',
    addFlags: (command) =>
      command
        .option('--selector <labels>', 'of which pods')
        .option('--min-available <count>', 'number or percentage')
        .option('--max-unavailable <count>', 'number or percentage'),
    build: buildDisruptionBudget,
  },
  {
    name: 'ingress',
    aliases: ['ing'],
    description: 'create ingress web --rule="lab.example/*=web:80"',
    addFlags: (command) =>
      command
        .option('--rule <rule>', 'host/path=service:port[,tls[=secret]]', collectWhole)
        .option('--class <name>', 'ingress class')
        .option('--default-backend <service:port>', 'for everything else'),
    build: buildIngress,
  },
  {
    name: 'job',
    description: 'create job once --image=busybox -- date',
    addFlags: (command) =>
      command
        .option('--image <image>', 'image of the container')
        .option('--from <cronjob/name>', 'what this CronJob would run'),
    build: async (name, flags, around) => {
      if (!flags.from === !flags.image) throw new CommandError('either --image or --from must be specified');
      if (flags.from && around.command.length > 0) throw new CommandError('cannot specify --from and command');
      if (flags.from) return jobFrom(name, await around.read(flags.from));
      const spec = jobSpec(name, flags, around, 'Never');
      return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec };
    },
  },
  {
    name: 'cronjob',
    aliases: ['cj'],
    description: 'create cronjob often --image=busybox --schedule="*/5 * * * *" -- date',
    addFlags: (command) =>
      command
        .option('--image <image>', 'image of the container')
        .option('--schedule <times>', 'in cron form')
        .option('--restart <policy>', 'OnFailure or Never'),
    build: buildCronJob,
  },
];
