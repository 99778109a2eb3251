/**
 * `cp`: files and folders into and out of a container, as a tar archive through exec; the container has to have `tar`.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_cp/
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, posix, resolve } from 'node:path';

import { type Pod, podResource } from '../../../helper/api/core/pod';
import { CommandError } from '../command-error';
import { execPiped } from '../exec/exec-in-pod';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import { chooseContainer } from './exec';

/** `pod:path`, `namespace/pod:path`, or a path here. */
export interface CopyPlace {
  readonly namespace?: string;
  readonly pod?: string;
  readonly path: string;
}

interface CopyFlags {
  readonly container?: string;
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

function finished(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('exit', (code) => (code === 0 ? done() : failed(new CommandError(`tar ended with exit code ${code}`))));
  });
}

function checkRemote(what: string, { code, stderr }: { readonly code: number; readonly stderr: string }): void {
  if (code !== 0) throw new CommandError(`${what}: ${stderr.trim() || `tar ended with exit code ${code}`}`, code);
}

async function upload({ from, to, flags }: CopyRequest, context: Context): Promise<void> {
  const source = resolve(context.shell.workingDirectory, from.path);
  if (!existsSync(source)) throw new CommandError(`${from.path} doesn't exist in local filesystem`);
  const target = await podAt(to, flags, context);
  const isFolder = to.path.endsWith('/') || (await isRemoteFolder(to.path, target, context));
  const destination = isFolder ? posix.join(to.path, basename(source)) : to.path;
  const name = posix.basename(destination);
  const rename = `s,^${basename(source)},${name},`;
  const tar = spawn('tar', ['-cf', '-', '-C', dirname(source), `--transform=${rename}`, basename(source)]);
  const command = ['tar', '-xmf', '-', '-C', posix.dirname(destination)];
  const [remote] = await Promise.all([
    execPiped({ ...target, command }, context, { stdin: tar.stdout, stdout: () => undefined }),
    finished(tar),
  ]);
  checkRemote(`cannot write ${to.path}`, remote);
}

type Remote = Awaited<ReturnType<typeof podAt>>;

async function isRemoteFolder(path: string, target: Remote, context: Context): Promise<boolean> {
  const { code } = await execPiped({ ...target, command: ['test', '-d', path] }, context, { stdout: () => undefined });
  return code === 0;
}

async function download({ from, to, flags }: CopyRequest, context: Context): Promise<void> {
  const target = await podAt(from, flags, context);
  const path = from.path.replace(/\/+$/, '') || '/';
  const wanted = resolve(context.shell.workingDirectory, to.path);
  const isInto = to.path.endsWith('/') || (existsSync(wanted) && statSync(wanted).isDirectory());
  const destination = isInto ? resolve(wanted, posix.basename(path)) : wanted;
  mkdirSync(dirname(destination), { recursive: true });
  // What comes out of a container is not trusted to name its own place: everything lands under the destination.
  const rename = `s,^${posix.basename(path)},${basename(destination)},`;
  const tar = spawn('tar', ['-xmf', '-', '-C', dirname(destination), `--transform=${rename}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const done = finished(tar);
  const command = ['tar', 'cf', '-', '-C', posix.dirname(path), posix.basename(path)];
  const remote = await execPiped({ ...target, command }, context, { stdout: (bytes) => void tar.stdin.write(bytes) });
  tar.stdin.end();
  await done.catch((error: unknown) => {
    checkRemote(`cannot read ${from.path}`, remote);
    throw error;
  });
  checkRemote(`cannot read ${from.path}`, remote);
}

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
    .option('-c, --container <name>', 'this container');
  defineVerb(command, host, verb);
};
