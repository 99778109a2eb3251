/**
 * `cp`: files and folders into and out of a container, as a tar archive through exec; the container has to have `tar`.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_cp/
 */
import { once } from 'node:events';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, posix, resolve, sep } from 'node:path';
import { finished } from 'node:stream/promises';

import { type Pod, podResource } from '../../../helper/api/core/pod';
import { CommandError, SilentExit } from '../command-error';
import { execPiped } from '../exec/exec-in-pod';
import { chooseContainer } from '../resources/choose-container';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

/** `pod:path`, `namespace/pod:path`, or a path here. */
export interface CopyPlace {
  readonly namespace?: string;
  readonly pod?: string;
  readonly path: string;
}

interface CopyFlags {
  readonly container?: string;
  /** false: `--no-preserve` */
  readonly preserve?: boolean;
}

interface CopyRequest {
  readonly from: CopyPlace;
  readonly to: CopyPlace;
  readonly flags: CopyFlags;
}

/** Throws for text that is neither. */
export function parsePlace(text: string): CopyPlace {
  const colon = text.indexOf(':');
  if (colon < 0) return { path: text };
  const [pod = '', path] = [text.slice(0, colon), text.slice(colon + 1)];
  // A colon behind a slash or a dot belongs to a file's name.
  if (pod.startsWith('.') || pod.startsWith('/')) return { path: text };
  const [first = '', second, ...more] = pod.split('/');
  if (first === '' || second === '' || more.length)
    throw new CommandError(`filespec must match the canonical format: [[namespace/]pod:]file/path`);
  return second === undefined ? { pod: first, path } : { namespace: first, pod: second, path };
}

async function podAt(place: CopyPlace, flags: CopyFlags, context: Context) {
  const namespace = place.namespace ?? context.namespace;
  const pod: Pod = await context.client.get(podResource, namespace, place.pod ?? '');
  return { pod, container: await chooseContainer(pod, flags, context) };
}

/** What the command in the container said, and its exit code when it failed. */
function checkRemote({ code, stderr }: { readonly code: number; readonly stderr: string }, context: Context): void {
  if (stderr) context.output.err(stderr);
  if (code !== 0) {
    context.output.err(`command terminated with exit code ${code}\n`);
    throw new SilentExit(code);
  }
}

async function upload({ from, to, flags }: CopyRequest, context: Context): Promise<void> {
  const source = resolve(context.shell.workingDirectory, from.path);
  if (!existsSync(source)) throw new CommandError(`${from.path} doesn't exist in local filesystem`);
  const target = await podAt(to, flags, context);
  const isFolder = to.path.endsWith('/') || (await isRemoteFolder(to.path, target, context));
  const destination = isFolder ? posix.join(to.path, basename(source)) : to.path.replace(/\/+$/, '');
  const { pack } = await import('tar-fs');
  const archive = pack(dirname(source), {
    entries: [basename(source)],
    map: (header) => ({ ...header, name: renameFirst(header.name, posix.basename(destination)) }),
  });
  const owner = flags.preserve === false ? ['--no-same-permissions', '--no-same-owner'] : [];
  const command = ['tar', ...owner, '-xmf', '-', '-C', posix.dirname(destination)];
  checkRemote(await execPiped({ ...target, command }, context, { stdin: archive, stdout: () => undefined }), context);
}

type Remote = Awaited<ReturnType<typeof podAt>>;

async function isRemoteFolder(path: string, target: Remote, context: Context): Promise<boolean> {
  const { code } = await execPiped({ ...target, command: ['test', '-d', path] }, context, { stdout: () => undefined });
  return code === 0;
}

/** The name of an entry with another first part: `shop/a` as `store/a`. */
export const renameFirst = (name: string, first: string) =>
  [
    first,
    ...name
      .replace(/^(\.?\/)+/, '')
      .split('/')
      .slice(1),
  ]
    .join('/')
    .replace(/\/$/, '');

/** True for a path inside the folder, or the folder itself. */
export const isInside = (path: string, folder: string) => path === folder || path.startsWith(`${folder}${sep}`);

async function download({ from, to, flags }: CopyRequest, context: Context): Promise<void> {
  const target = await podAt(from, flags, context);
  const path = from.path.replace(/\/+$/, '') || '/';
  const wanted = resolve(context.shell.workingDirectory, to.path);
  const isInto = existsSync(wanted) && statSync(wanted).isDirectory();
  const folder = dirname(wanted);
  mkdirSync(folder, { recursive: true });
  const { extract } = await import('tar-fs');
  const warnLink = (name: string) =>
    context.output.err(
      `warning: skipping symlink: ${JSON.stringify(name)} (consider using "kubectl exec -n ${JSON.stringify(target.pod.metadata.namespace)} ${JSON.stringify(target.pod.metadata.name)} -- tar cf - ${JSON.stringify(path)} | tar xf -")\n`,
    );
  // What comes out of a container is not trusted to name its own place, nor to point at others.
  const files = extract(folder, {
    map(header) {
      const name = renameFirst(header.name, basename(wanted));
      const isFileInto = isInto && header.type === 'file' && name === basename(wanted);
      return { ...header, name: isFileInto ? `${name}/${posix.basename(path)}` : name, ...OWN };
    },
    ignore(name, header) {
      const isLink = header?.type === 'symlink' || header?.type === 'link';
      if (isLink) warnLink(name);
      return isLink || !isInside(name, wanted);
    },
  });
  const done = finished(files);
  const command = ['tar', 'cf', '-', '-C', posix.dirname(path), posix.basename(path) || '.'];
  const write = (bytes: Buffer): void | Promise<void> => {
    if (!files.write(bytes)) return once(files, 'drain').then(() => undefined);
  };
  const remote = await execPiped({ ...target, command }, context, { stdout: write });
  files.end();
  checkRemote(remote, context);
  await done;
}

/** Files become those of whoever copies them. */
const OWN = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

const verb: Verb<CopyFlags, CopyRequest> = {
  complete({ args, flags }) {
    const [from, to] = args;
    if (from === undefined || to === undefined || args.length > 2)
      throw new CommandError('source and destination are required');
    return { from: parsePlace(from), to: parsePlace(to), flags };
  },
  validate({ from, to }) {
    if (from.pod && to.pod) throw new CommandError('one of src or dest must be a local file specification');
    if (!from.pod && !to.pod) throw new CommandError('one of src or dest must be a remote file specification');
    if (!from.path || !to.path) throw new CommandError('filepath can not be empty');
  },
  run: (request, context) => (request.to.pod ? upload(request, context) : download(request, context)),
};

export const addCp: AddVerb = (program, host) => {
  const command = program
    .command('cp')
    .description('copy files: cp web:/etc/hosts hosts, cp page.html web:/srv/')
    .option('-c, --container <name>', 'this container')
    .option('--no-preserve', 'do not keep owner and permissions in the container');
  defineVerb(command, host, verb);
};
