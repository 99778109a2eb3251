/**
 * The dialect's verbs for what exists: `start -f`, `start|stop|kill|restart|remove pod NAME`, `update|restart|remove service|dns NAME`.
 *
 * stop: ends the pod and keeps it for `start` (see `stopped-pods.ts`). kill: the same without its grace period. restart: a new
 * pod of the same manifest. remove: gone. Pods of a controller come back by themselves, so they cannot be stopped alone.
 */
import type { Manifest } from '../../../helper/dialect/load-manifests';
import { CommandError } from '../command-error';
import { applyManifests } from '../commands/apply';
import { addFileFlags } from '../flags';
import { confirm } from '../questions';
import { type FileFlags, readManifests } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import { dnsNames, removeDns, touchDns } from './dns-lifecycle';
import { killPod, podNames, removePod, restartPod, startPod, stopPod } from './pod-lifecycle';
import { removeService, restartService, serviceNames, updateService } from './service-lifecycle';

type Act = (name: string, context: Context) => Promise<void>;

const ACTS: Readonly<Record<string, Readonly<Record<string, Act>>>> = {
  start: { pod: startPod },
  stop: { pod: stopPod },
  kill: { pod: killPod },
  restart: { dns: touchDns, pod: restartPod, service: restartService },
  update: { dns: touchDns, service: updateService },
  remove: { dns: removeDns, pod: removePod, service: removeService },
};
const NAMES: Readonly<Record<string, (context: Context) => Promise<string[]>>> = {
  dns: dnsNames,
  pod: podNames,
  service: serviceNames,
};
const NOT_YET = ['function', 'dag', 'job'];
const PLURALS: Readonly<Record<string, string>> = { pods: 'pod', services: 'service', po: 'pod', svc: 'service' };

interface ActFlags extends FileFlags {
  readonly all?: boolean;
}

interface ActRequest {
  readonly verb: string;
  readonly kind: string;
  readonly names: readonly string[];
  readonly all: boolean;
}

function createVerb(verb: string): Verb<ActFlags, ActRequest> {
  const acts = ACTS[verb] ?? {};
  return {
    complete({ args, flags }) {
      const [word = '', ...names] = args;
      const kind = PLURALS[word.toLowerCase()] ?? word.toLowerCase();
      return { verb, kind, names, all: flags.all ?? false };
    },
    validate({ kind, names, all }) {
      const usage = Object.keys(acts)
        .map((known) => `${verb} ${known} NAME`)
        .join(' or ');
      if (NOT_YET.includes(kind))
        throw new CommandError(`${verb} ${kind}: this kind is not served by this cluster yet`);
      if (!acts[kind]) throw new CommandError(`${verb} what? Expected ${usage}`);
      if (names.length === 0 && !all) throw new CommandError(`${verb} which ${kind}? Expected ${usage}`);
      if (names.length > 0 && all) throw new CommandError('give a name or --all, not both');
    },
    async run({ kind, names, all }, context) {
      const wanted = all ? ((await NAMES[kind]?.(context)) ?? []) : names;
      if (
        all &&
        !(await confirm(context.shell, `${verb} all ${wanted.length} ${kind}s of namespace ${context.namespace}?`))
      )
        return;
      for (const name of wanted) await acts[kind]?.(name, context);
    },
  };
}

interface StartRequest {
  readonly manifests: readonly Manifest[];
  readonly hasFiles: boolean;
  readonly act: ActRequest;
}

/** `start -f FILE` applies; `start pod NAME` starts a stopped pod. */
const startVerb: Verb<ActFlags, StartRequest> = {
  async complete(invocation, context) {
    const { flags } = invocation;
    const act = await createVerb('start').complete(invocation, context);
    return { manifests: await readManifests(flags, context.shell), hasFiles: (flags.filename ?? []).length > 0, act };
  },
  validate({ hasFiles, act }) {
    if (hasFiles && (act.kind || act.all))
      throw new CommandError('start takes files (-f FILE) or a pod (pod NAME), not both');
    if (!hasFiles) createVerb('start').validate(act);
  },
  async run({ manifests, hasFiles, act }, context) {
    if (!hasFiles) return createVerb('start').run(act, context);
    const options = {
      dryRun: 'none',
      serverSide: false,
      forceConflicts: false,
      write: { fieldManager: 'kubectl-client-side-apply', fieldValidation: 'Strict' },
    } as const;
    for (const file of new Set(manifests.map((manifest) => manifest.file))) {
      const own = manifests.filter((manifest) => manifest.file === file);
      await applyManifests(own, options, context, { suffix: '', linePrefix: `${file}: ` });
    }
  },
};

export const addStart: AddVerb = (program, host) => {
  const command = addFileFlags(program.command('start').description('start -f FILE, or start pod NAME after stop'));
  defineVerb(command, host, startVerb);
};

function add(verb: string, description: string): AddVerb {
  return (program, host) => {
    const command = program.command(verb).description(description);
    if (verb !== 'update') command.option('--all', 'all of the namespace');
    defineVerb(command, host, createVerb(verb));
  };
}

export const addStop = add('stop', 'stop pod NAME: ends it and keeps it for start');
export const addKill = add('kill', 'kill pod NAME: stop without a grace period');
export const addRestart = add('restart', 'restart pod|service|dns NAME');
export const addUpdate = add('update', 'update service|dns NAME: compute anew what it leads to');
export const addRemove = add('remove', 'remove pod|service|dns NAME');
