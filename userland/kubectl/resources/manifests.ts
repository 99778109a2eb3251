/**
 * `-f`: files, folders, URLs, `-` for standard input, `$/...` for the project root. All go through the front door of the dialect.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  loadManifests,
  type Manifest,
  type ManifestContext,
  manifestPath,
  parseManifests,
} from '../../../helper/dialect/load-manifests';
import { CommandError } from '../command-error';
import type { Shell } from '../shell';

const DOWNLOAD_TIMEOUT_MS = 30_000;
const MANIFEST_FILE = /\.(ya?ml|json)$/;

export interface FileFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly kustomize?: string;
}

/** Manifest files of a folder, sorted by name, as the user would write them. */
function filesOf(folder: string, shown: string, recursive: boolean): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(shown, entry.name);
    if (entry.isDirectory()) return recursive ? filesOf(join(folder, entry.name), path, recursive) : [];
    return MANIFEST_FILE.test(entry.name) ? [path] : [];
  });
}

async function download(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) }).catch((error: unknown) => {
    throw new CommandError(
      `unable to read URL ${JSON.stringify(url)}: ${error instanceof Error ? error.message : error}`,
    );
  });
  if (!answer.ok)
    throw new CommandError(
      `unable to read URL ${JSON.stringify(url)}, server reported ${answer.status} ${answer.statusText}, status code=${answer.status}`,
    );
  return answer.text();
}

/** The objects of a kustomization. */
async function kustomized({ kustomize = '', filename = [] }: FileFlags, shell: Shell): Promise<Manifest[]> {
  if (filename.length > 0) throw new CommandError('only one of -f or -k can be specified');
  const { buildKustomization } = await import('../kustomize/build');
  return buildKustomization(resolve(shell.workingDirectory, kustomize)).map((object) => ({
    object,
    file: kustomize,
    line: 1,
  }));
}

/** All objects of the files. Throws a ManifestError for the first mistake; then nothing is to be sent. */
export async function readManifests(flags: FileFlags, shell: Shell): Promise<Manifest[]> {
  const context: ManifestContext = {
    projectRoot: shell.settings.projectRoot,
    workingDirectory: shell.workingDirectory,
    env: shell.env,
  };
  if (flags.kustomize) return kustomized(flags, shell);
  const manifests: Manifest[] = [];
  for (const name of flags.filename ?? []) {
    if (name === '-') {
      manifests.push(...parseManifests(await shell.readStdin(), 'STDIN', context));
      continue;
    }
    if (/^https?:\/\//.test(name)) {
      manifests.push(...parseManifests(await download(name), name, context));
      continue;
    }
    const path = manifestPath(name, context);
    if (!existsSync(path)) throw new CommandError(`the path ${JSON.stringify(name)} does not exist`);
    const isFolder = statSync(path).isDirectory();
    const files = isFolder ? filesOf(path, name, flags.recursive ?? false) : [name];
    for (const file of files) manifests.push(...loadManifests(file, context));
  }
  return manifests;
}
