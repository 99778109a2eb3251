/**
 * `run NAME --image=IMAGE [-- args]`: one pod.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_run/
 */
import { CommandError } from '../command-error';
import { addDryRunFlag, addOutputFlag, collectWhole, integer } from '../flags';
import { type CreateFlags, createObject } from '../resources/create-object';
import type { AnyObject } from '../resources/get-object';
import { type AddVerb, defineVerb, type Verb } from '../verb';

interface RunFlags {
  readonly image?: string;
  readonly command?: boolean;
  readonly env?: readonly string[];
  readonly labels?: string;
  readonly port?: number;
  readonly restart?: string;
  readonly imagePullPolicy?: string;
}

interface RunRequest {
  readonly names: readonly string[];
  readonly words: readonly string[];
  readonly flags: RunFlags & CreateFlags;
}

const RESTARTS = ['Always', 'OnFailure', 'Never'];

/** The pod of these flags. */
export function buildPod(name: string, words: readonly string[], flags: RunFlags): AnyObject {
  const labels = flags.labels
    ? Object.fromEntries(flags.labels.split(',').map((pair) => pair.split('=', 2) as [string, string]))
    : { run: name };
  const env = (flags.env ?? []).map((pair) => ({
    name: pair.slice(0, pair.indexOf('=')),
    value: pair.slice(pair.indexOf('=') + 1),
  }));
  const container = {
    name,
    image: flags.image,
    ...(words.length > 0 ? { [flags.command ? 'command' : 'args']: words } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(flags.port ? { ports: [{ containerPort: flags.port }] } : {}),
    ...(flags.imagePullPolicy ? { imagePullPolicy: flags.imagePullPolicy } : {}),
  };
  const spec = { containers: [container], restartPolicy: flags.restart ?? 'Always' };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec };
}

const verb: Verb<RunFlags & CreateFlags, RunRequest> = {
  complete: ({ args, afterDash, flags }) => ({ names: args, words: afterDash ?? [], flags }),
  validate({ names, flags }) {
    if (names.length !== 1)
      throw new CommandError('NAME is required for run (arguments of the container stand behind --)');
    if (!flags.image) throw new CommandError('required flag(s) "image" not set');
    if (flags.restart && !RESTARTS.includes(flags.restart))
      throw new CommandError(`invalid restart policy: ${flags.restart}`);
    const wrong = flags.env?.find((pair) => !/^[^=]+=/.test(pair));
    if (wrong) throw new CommandError(`invalid env: ${wrong}`);
  },
  run: ({ names, words, flags }, context) => createObject(buildPod(names[0] ?? '', words, flags), flags, context),
};

export const addRun: AddVerb = (program, host) => {
  const command = addDryRunFlag(addOutputFlag(program.command('run').description('one pod: run web --image=nginx')))
    .option('--image <image>', 'image of the container')
    .option('--command', 'the words behind -- are the command, not its arguments')
    .option('--env <NAME=value>', 'environment variable', collectWhole)
    .option('-l, --labels <labels>', 'labels of the pod')
    .option('--port <port>', 'port the container listens on', integer)
    .option('--restart <policy>', 'Always, OnFailure or Never')
    .option('--image-pull-policy <policy>', 'Always, IfNotPresent or Never');
  defineVerb(command, host, verb);
};
