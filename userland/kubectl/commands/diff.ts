/**
 * `diff -f`: what an apply would change, as `diff` shows it. The server tries the apply out, so its defaults are no differences.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_diff/
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNotFound } from '../../../helper/api/status-error';
import { applyObject } from '../apply/apply-object';
import { CommandError, SilentExit } from '../command-error';
import { addFileFlags, addManagerFlag, type WriteFlags, writeOptionsOf } from '../flags';
import { toYaml } from '../print/print-objects';
import type { ServedResource } from '../resources/discovery';
import { namespaceOf } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import { type FileFlags, readManifests } from '../resources/manifests';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

interface DiffFlags extends FileFlags, Pick<WriteFlags, 'fieldManager'> {
  readonly serverSide?: boolean;
  readonly forceConflicts?: boolean;
}

interface DiffRequest {
  readonly flags: DiffFlags;
  readonly manifests: Awaited<ReturnType<typeof readManifests>>;
}

/** What differs by the mere writing is left out. */
function comparable(object: AnyObject): string {
  const { managedFields: _, ...metadata } = object.metadata;
  return toYaml({ ...object, metadata });
}

function fileName({ group, version, kind }: ServedResource, { metadata }: AnyObject): string {
  return [group, version, kind, metadata.namespace, metadata.name].filter(Boolean).join('.');
}

async function compare({ flags, manifests }: DiffRequest, context: Context, live: string, merged: string) {
  for (const { object } of manifests) {
    const resource = await context.discovery.ofObject(object);
    const namespace = namespaceOf(resource, object, context);
    const placed = { ...object, metadata: { ...object.metadata, ...(namespace ? { namespace } : {}) } };
    const { name } = placed.metadata;
    const current = await context.client.get<AnyObject>(resource, namespace, name).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    const options = {
      dryRun: 'server',
      serverSide: flags.serverSide ?? false,
      forceConflicts: flags.forceConflicts ?? false,
      write: writeOptionsOf({ ...flags, dryRun: 'server' }, flags.serverSide ? 'kubectl' : 'kubectl-client-side-apply'),
    } as const;
    const applied = await applyObject(resource, placed, options, context);
    const file = fileName(resource, placed);
    writeFileSync(join(live, file), current ? comparable(current) : '');
    writeFileSync(join(merged, file), comparable(applied.object));
  }
}

const verb: Verb<DiffFlags, DiffRequest> = {
  complete: async ({ flags }, { shell }) => ({ flags, manifests: await readManifests(flags, shell) }),
  validate({ flags }) {
    if (!flags.filename?.length && !flags.kustomize) throw new CommandError('must specify one of -f and -k', 2);
  },
  async run(request, context) {
    const root = mkdtempSync(join(tmpdir(), 'kubectl-diff-'));
    const [live, merged] = [join(root, 'LIVE'), join(root, 'MERGED')];
    mkdirSync(live);
    mkdirSync(merged);
    try {
      await compare(request, context, live, merged);
      const [program = 'diff', ...words] = (context.shell.env['KUBECTL_EXTERNAL_DIFF'] ?? 'diff -u -N').split(' ');
      const { status, stdout, stderr, error } = spawnSync(program, [...words, live, merged], { encoding: 'utf8' });
      if (error) throw new CommandError(`failed to run ${JSON.stringify(program)}: ${error.message}`, 2);
      context.output.out(stdout);
      context.output.err(stderr);
      if (status !== 0) throw new SilentExit(status ?? 2);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
};

export const addDiff: AddVerb = (program, host) => {
  const command = addManagerFlag(addFileFlags(program.command('diff').description('what an apply would change')))
    .option('--server-side', 'as a server-side apply would')
    .option('--force-conflicts', 'take over fields of other managers (with --server-side)');
  defineVerb(command, host, verb);
};
