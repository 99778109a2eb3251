/**
 * Images of a containerd: archives as `docker save` writes them, given to it by its own `ctr`, in the namespace Kubernetes' runtimes share.
 *
 * containerd has no call that makes an image of a folder, so the archive is made here: the layer, its checksum, a configuration, a list.
 * https://github.com/opencontainers/image-spec
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runCommand, UserError } from '../run-command';
import type { ImageStore } from './image-store';
import { type TarEntry, tarChunks } from './tar';

const NAMESPACE = 'k8s.io';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** `nginx:latest` as containerd has it: `docker.io/library/nginx:latest`. Pure. */
export function fullName(tag: string): string {
  const [first = '', ...rest] = tag.split('/');
  if (rest.length === 0) return `docker.io/library/${tag}`;
  return first.includes('.') || first.includes(':') || first === 'localhost' ? tag : `docker.io/${tag}`;
}

interface ImageConfig {
  readonly Env: string[];
  readonly ExposedPorts: Record<string, object>;
  readonly Labels: Record<string, string>;
  Entrypoint?: string[];
  Cmd?: string[];
}

/** What each instruction does to the configuration. */
const INSTRUCTIONS: Readonly<Record<string, (config: ImageConfig, rest: string) => void>> = {
  ENV: ({ Env }, rest) => void Env.push(rest),
  ENTRYPOINT: (config, rest) => {
    config.Entrypoint = JSON.parse(rest) as string[];
  },
  CMD: (config, rest) => {
    config.Cmd = JSON.parse(rest) as string[];
  },
  EXPOSE: ({ ExposedPorts }, rest) => {
    ExposedPorts[`${rest}/tcp`] = {};
  },
  LABEL: ({ Labels }, rest) => {
    const equals = rest.indexOf('=');
    Labels[rest.slice(0, equals)] = rest.slice(equals + 1);
  },
};

/** What a few Dockerfile instructions make of an image's configuration. Throws for one it does not know. Pure. */
export function configOf(changes: readonly string[]): ImageConfig {
  const config: ImageConfig = { Env: [], ExposedPorts: {}, Labels: {} };
  for (const change of changes) {
    const [, word = '', rest = ''] = /^(\w+) (.*)$/.exec(change) ?? [];
    const apply = INSTRUCTIONS[word];
    if (!apply) throw new Error(`image instruction ${JSON.stringify(change)} is not known here`);
    apply(config, rest);
  }
  return config;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Writes the archive of a one-layer image into `folder`; returns its path. */
async function writeArchive(
  folder: string,
  tag: string,
  entries: readonly TarEntry[],
  changes: readonly string[],
): Promise<string> {
  const layer = join(folder, 'layer.tar');
  await pipeline(Readable.from(tarChunks(entries)), createWriteStream(layer));
  const config = JSON.stringify({
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: 'linux',
    created: new Date(0).toISOString(),
    config: configOf(changes),
    rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256Of(layer)}`] },
    history: [{ created: new Date(0).toISOString(), comment: 'made by minik8s' }],
  });
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  const manifest = JSON.stringify([{ Config: configName, RepoTags: [fullName(tag)], Layers: ['layer.tar'] }]);
  const parts: TarEntry[] = [
    { kind: 'copy', path: 'layer.tar', from: layer, mode: 0o644 },
    { kind: 'text', path: configName, text: config },
    { kind: 'text', path: 'manifest.json', text: manifest },
  ];
  const archive = join(folder, 'image.tar');
  await pipeline(Readable.from(tarChunks(parts)), createWriteStream(archive));
  return archive;
}

/** The images of the containerd on this socket. */
export function containerdStore(socketPath: string): ImageStore {
  const ctr = (args: readonly string[], advice = 'Is containerd running?') =>
    runCommand('ctr', ['--address', socketPath, '--namespace', NAMESPACE, 'images', ...args], { advice });
  return {
    async exists(tag) {
      return (await ctr(['ls', '-q', `name==${fullName(tag)}`])).trim() !== '';
    },
    async import(tag, entries, changes) {
      const folder = mkdtempSync(join(tmpdir(), 'minik8s-image-'));
      try {
        await ctr(['import', await writeArchive(folder, tag, entries, changes)], 'Is there space left on its disk?');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    async tag(existing, tag) {
      await ctr(['tag', '--force', fullName(existing), fullName(tag)]);
    },
    // It tells of no progress by which to know a registry that is silent: the kubelet asks when a pod wants the image.
    pull: async () => false,
    async load(file) {
      const said = await ctr(['import', file], 'The file must come from `docker save`.');
      if (said.trim() === '')
        throw new UserError(`there is no image in '${file}'`, 'The file must come from `docker save`.');
      return said.trim();
    },
  };
}
