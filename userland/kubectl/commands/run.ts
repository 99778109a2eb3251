/**
 * `run NAME --image=IMAGE [-- args]`: one pod; with `-i` you are put into it, with `--rm` it goes when you do.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_run/
 */
import type { Pod } from '../../../helper/api/core/pod';
import { withOverrides } from '../apply/overrides';
import { CommandError, usageError } from '../command-error';
import { addDryRunFlag, addManagerFlag, addOutputFlag, collectWhole, durationMs, integer } from '../flags';
import { type CreateFlags, createObject } from '../resources/create-object';
import type { AnyObject } from '../resources/get-object';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

export interface RunFlags {
  readonly image?: string;
  readonly command?: boolean;
  readonly env?: readonly string[];
  readonly labels?: string;
  readonly annotations?: readonly string[];
  readonly port?: number;
  readonly expose?: boolean;
  readonly restart?: string;
  readonly imagePullPolicy?: string;
  readonly privileged?: boolean;
  readonly overrides?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly leaveStdinOpen?: boolean;
  readonly attach?: boolean;
  readonly rm?: boolean;
  readonly quiet?: boolean;
  readonly force?: boolean;
  readonly gracePeriod?: number;
  readonly podRunningTimeout?: string;
  readonly fieldManager?: string;
}

interface RunRequest {
  readonly names: readonly string[];
  readonly words: readonly string[];
  readonly flags: RunFlags & CreateFlags;
}

const MANAGER = 'kubectl-run';
const RESTARTS = ['Always', 'OnFailure', 'Never'];
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

const isAttached = ({ attach, stdin }: RunFlags) => attach ?? stdin ?? false;

const pairsOf = (pairs: readonly string[]) =>
  Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      if (equals < 0) throw new CommandError(`unexpected label spec: ${pair}`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );

function containerOf(name: string, words: readonly string[], flags: RunFlags) {
  const env = (flags.env ?? []).map((pair) => ({
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
  }));
  return {
    name,
    image: flags.image,
    ...(words.length > 0 ? { [flags.command ? 'command' : 'args']: words } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(flags.port ? { ports: [{ containerPort: flags.port }] } : {}),
    ...(flags.imagePullPolicy ? { imagePullPolicy: flags.imagePullPolicy } : {}),
    ...(flags.privileged ? { securityContext: { privileged: true } } : {}),
    ...(flags.stdin ? { stdin: true } : {}),
    // Whoever is attached first ends the input by leaving.
    ...(flags.stdin && !flags.leaveStdinOpen ? { stdinOnce: true } : {}),
    ...(flags.tty ? { tty: true } : {}),
  };
}

/** The pod of these flags. Throws for overrides that are no JSON. */
export function buildPod(name: string, words: readonly string[], flags: RunFlags): AnyObject {
  const labels = flags.labels ? pairsOf(flags.labels.split(',')) : { run: name };
  const annotations = flags.annotations?.length ? { annotations: pairsOf(flags.annotations) } : {};
  const spec = { containers: [containerOf(name, words, flags)], restartPolicy: flags.restart ?? 'Always' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels, ...annotations }, spec };
  return withOverrides(pod as AnyObject, flags.overrides);
}

/** The Service of `--expose`. */
function buildService(name: string, { port }: RunFlags, { labels }: AnyObject['metadata']): AnyObject {
  const spec = { ports: [{ port, targetPort: port, protocol: 'TCP' }], selector: labels };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec } as AnyObject;
}

const verb: Verb<RunFlags & CreateFlags, RunRequest> = {
  complete: ({ args, afterDash, flags }) => ({
    names: args.slice(0, 1),
    words: [...args.slice(1), ...(afterDash ?? [])],
    flags,
  }),
  validate({ names, flags }) {
    const fail = (message: string) => usageError('run', message);
    if (names.length !== 1) throw fail('NAME is required for run');
    if (!flags.image) throw new CommandError('required flag(s) "image" not set');
    if (/[\s!]/.test(flags.image))
      throw new CommandError(`Invalid image name ${JSON.stringify(flags.image)}: invalid reference format`);
    if (flags.tty && !flags.stdin) throw fail('-i/--stdin is required for containers with -t/--tty=true');
    if (flags.expose && !flags.port) throw fail('--port must be set when exposing a service');
    if (flags.rm && !isAttached(flags)) throw fail('--rm should only be used for attached containers');
    if (isAttached(flags) && flags.dryRun && flags.dryRun !== 'none')
      throw fail(
        "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
      );
    if (flags.restart && !RESTARTS.includes(flags.restart)) throw fail(`invalid restart policy: ${flags.restart}`);
    if (flags.imagePullPolicy && !PULL_POLICIES.includes(flags.imagePullPolicy))
      throw fail(`invalid image pull policy: ${flags.imagePullPolicy}`);
    const wrong = flags.env?.find((pair) => !/^[^=]+=/.test(pair));
    if (wrong) throw new CommandError(`invalid env: ${wrong}`);
  },
  async run({ names, words, flags }, context) {
    const [name = ''] = names;
    const pod = buildPod(name, words, flags);
    if (flags.expose) await createObject(buildService(name, flags, pod.metadata), flags, context, { manager: MANAGER });
    if (isAttached(flags)) await runAttached(pod as Pod, flags, context);
    else await createObject(pod, flags, context, { manager: MANAGER });
  },
};

async function runAttached(pod: Pod, flags: RunFlags, context: Context): Promise<void> {
  const { runAndAttach } = await import('./run-attached');
  await runAndAttach(pod, { ...flags, limitMs: durationMs(flags.podRunningTimeout ?? '1m') }, context);
}

export const addRun: AddVerb = (program, host) => {
  const command = addManagerFlag(
    addDryRunFlag(addOutputFlag(program.command('run').description('one pod: run web --image=nginx'))),
  )
    .option('--image <image>', 'image of the container')
    .option('--command', 'the words behind -- are the command, not its arguments')
    .option('--env <NAME=value>', 'environment variable', collectWhole)
    .option('-l, --labels <labels>', 'labels of the pod')
    .option('--annotations <name=value>', 'annotation of the pod', collectWhole)
    .option('--port <port>', 'port the container listens on', integer)
    .option('--expose', 'make a Service for the port, too')
    .option('--restart <policy>', 'Always, OnFailure or Never')
    .option('--image-pull-policy <policy>', 'Always, IfNotPresent or Never')
    .option('--privileged', 'run it privileged')
    .option('--overrides <json>', 'JSON merged over the pod')
    .option('--save-config', 'remember the configuration for a later apply')
    .option('-i, --stdin', 'keep standard input open, and attach')
    .option('-t, --tty', 'with a terminal')
    .option('--leave-stdin-open', 'leave standard input open when the first who is attached leaves')
    .option('--attach', 'wait until it runs and attach')
    .option('--no-attach', 'do not attach')
    .option('--rm', 'delete the pod when it is left')
    .option('--force', 'with --rm: delete at once')
    .option('--grace-period <seconds>', 'with --rm: time to end in', integer)
    .option('-q, --quiet', 'no words around the output')
    .option('--pod-running-timeout <duration>', 'how long to wait for the pod');
  defineVerb(command, host, verb);
};
