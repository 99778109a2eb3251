/**
 * The kinds that `create` makes from flags: each is pure, from name and flags to an object.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Resource } from '../../../helper/api/resource';
import { CommandError } from '../command-error';
import { collectWhole, integer } from '../flags';
import type { AnyObject } from '../resources/get-object';

export interface TypedFlags {
  readonly image?: readonly string[];
  readonly replicas?: number;
  readonly port?: number;
  readonly fromLiteral?: readonly string[];
  readonly fromFile?: readonly string[];
  readonly fromEnvFile?: readonly string[];
  readonly type?: string;
  readonly tcp?: readonly string[];
  readonly nodePort?: number;
  readonly clusterip?: string;
  readonly externalName?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly dockerServer?: string;
  readonly dockerUsername?: string;
  readonly dockerPassword?: string;
  readonly dockerEmail?: string;
}

export interface Surroundings {
  readonly workingDirectory: string;
  /** the type a user means, by discovery */
  readonly find: (type: string) => Promise<Pick<Resource, 'group' | 'plural'>>;
  /** an object of the cluster, named `type/name` */
  readonly read: (place: string) => Promise<AnyObject>;
  /** words after `--` */
  readonly command: readonly string[];
}

/** Values that stand in one word with commas, or in several flags. */
export const splitList = (value: string, previous: readonly string[] = []): string[] => [
  ...previous,
  ...value.split(',').filter(Boolean),
];

export interface TypedCreate<Flags = TypedFlags> {
  /** parent word: `secret` of `secret generic` */
  readonly group?: string;
  readonly name: string;
  /** other words for it */
  readonly aliases?: readonly string[];
  readonly description: string;
  addFlags(command: Command): Command;
  build(name: string, flags: Flags, surroundings: Surroundings): AnyObject | Promise<AnyObject>;
}

const metadataOf = (name: string) => ({ name, labels: { app: name } });

/** `nginx` of `registry/nginx:latest`. */
const containerName = (image: string) => (image.split('/').at(-1) ?? image).split(/[:@]/)[0] ?? image;

const readText = (path: string | undefined, flag: string, { workingDirectory }: Surroundings): string => {
  if (!path) throw new CommandError(`required flag(s) ${JSON.stringify(flag)} not set`);
  return readFileSync(resolve(workingDirectory, path), 'utf8');
};

const base64 = (text: string) => Buffer.from(text).toString('base64');

function buildTlsSecret(name: string, { cert, key }: TypedFlags, around: Surroundings): AnyObject {
  const data = { 'tls.crt': base64(readText(cert, 'cert', around)), 'tls.key': base64(readText(key, 'key', around)) };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: 'kubernetes.io/tls', data } as AnyObject;
}

function buildRegistrySecret(name: string, flags: TypedFlags): AnyObject {
  const { dockerServer = 'https://index.docker.io/v1/', dockerUsername, dockerPassword, dockerEmail } = flags;
  if (!dockerUsername || !dockerPassword)
    throw new CommandError(
      'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
    );
  const auth = base64(`${dockerUsername}:${dockerPassword}`);
  const entry = {
    username: dockerUsername,
    password: dockerPassword,
    ...(dockerEmail ? { email: dockerEmail } : {}),
    auth,
  };
  const data = { '.dockerconfigjson': base64(JSON.stringify({ auths: { [dockerServer]: entry } })) };
  const type = 'kubernetes.io/dockerconfigjson';
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, type, data } as AnyObject;
}

function buildDeployment(name: string, flags: TypedFlags, { command }: Surroundings): AnyObject {
  const images = flags.image ?? [];
  if (images.length === 0) throw new CommandError('required flag(s) "image" not set');
  if (images.length > 1 && command.length > 0)
    throw new CommandError('cannot specify multiple --image options and command');
  const containers = images.map((image) => ({
    name: containerName(image),
    image,
    ...(command.length > 0 ? { command } : {}),
    ...(flags.port ? { ports: [{ containerPort: flags.port }] } : {}),
  }));
  const labels = { app: name };
  const spec = {
    replicas: flags.replicas ?? 1,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadataOf(name), spec };
}

function pair(text: string, flag: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new CommandError(`invalid ${flag} source ${text}, expected key=value`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** `file`, `key=file` or a folder, whose files become keys. */
function readFiles(source: string, folder: string): [string, Buffer][] {
  const equals = source.indexOf('=');
  const path = resolve(folder, source.slice(equals + 1));
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new CommandError(`error reading ${source.slice(equals + 1)}: no such file or directory`);
  if (!stats.isDirectory()) return [[equals < 0 ? basename(path) : source.slice(0, equals), readFileSync(path)]];
  if (equals >= 0) throw new CommandError('cannot give a key name for a directory path');
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ name }) => [name, readFileSync(join(path, name))]);
}

function readEnvFile(source: string, folder: string): [string, Buffer][] {
  const lines = readFileSync(resolve(folder, source), 'utf8').split('\n');
  const meant = lines.map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
  return meant.map((line) => pair(line, 'env')).map(([key, value]) => [key, Buffer.from(value)]);
}

/** Everything of --from-literal, --from-file and --from-env-file. */
function readData(flags: TypedFlags, { workingDirectory }: Surroundings): [string, Buffer][] {
  const entries = [
    ...(flags.fromFile ?? []).flatMap((source) => readFiles(source, workingDirectory)),
    ...(flags.fromEnvFile ?? []).flatMap((source) => readEnvFile(source, workingDirectory)),
    ...(flags.fromLiteral ?? []).map((text): [string, Buffer] => {
      const [key, value] = pair(text, 'literal');
      return [key, Buffer.from(value.replace(/^(['"])(.*)\1$/, '$2'))];
    }),
  ];
  const keys = entries.map(([key]) => key);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice) throw new CommandError(`cannot add key ${JSON.stringify(twice)}, another key by that name already exists`);
  return entries;
}

const isText = (bytes: Buffer) => Buffer.from(bytes.toString('utf8')).equals(bytes);

function buildConfigMap(name: string, flags: TypedFlags, surroundings: Surroundings): AnyObject {
  const entries = readData(flags, surroundings);
  const text = entries.filter(([, bytes]) => isText(bytes)).map(([key, bytes]) => [key, bytes.toString('utf8')]);
  const binary = entries.filter(([, bytes]) => !isText(bytes)).map(([key, bytes]) => [key, bytes.toString('base64')]);
  const data = {
    ...(text.length > 0 ? { data: Object.fromEntries(text) } : {}),
    ...(binary.length > 0 ? { binaryData: Object.fromEntries(binary) } : {}),
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...data } as AnyObject;
}

function buildSecret(name: string, flags: TypedFlags, surroundings: Surroundings): AnyObject {
  const entries = readData(flags, surroundings).map(([key, bytes]) => [key, bytes.toString('base64')] as const);
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...(flags.type ? { type: flags.type } : {}) };
  return entries.length > 0 ? { ...secret, ...{ data: Object.fromEntries(entries) } } : secret;
}

/** `80` or `80:8080`. */
function servicePort(text: string, nodePort: number | undefined) {
  const [portText = '', targetText] = text.split(':');
  const port = Number(portText);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new CommandError(`invalid port ${JSON.stringify(text)}, expected PORT or PORT:TARGET`);
  const target = targetText ?? portText;
  return {
    name: text.replace(':', '-'),
    port,
    protocol: 'TCP',
    targetPort: /^\d+$/.test(target) ? Number(target) : target,
    ...(nodePort ? { nodePort } : {}),
  };
}

function buildService(type: string, name: string, flags: TypedFlags): AnyObject {
  const ports = (flags.tcp ?? []).map((text) => servicePort(text, flags.nodePort));
  if (ports.length === 0 && flags.clusterip !== 'None')
    throw new CommandError('at least one tcp port specifier must be provided');
  const spec = { type, selector: { app: name }, ports, ...(flags.clusterip ? { clusterIP: flags.clusterip } : {}) };
  return { apiVersion: 'v1', kind: 'Service', metadata: metadataOf(name), spec };
}

const addDataFlags = (command: Command) =>
  command
    .option('--from-literal <key=value>', 'one entry', collectWhole)
    .option('--from-file <[key=]path>', 'a file, or the files of a folder', collectWhole)
    .option('--from-env-file <path>', 'lines of KEY=value', collectWhole);
const addPortFlags = (command: Command) => command.option('--tcp <port[:target]>', 'a port', collectWhole);

export const TYPED_CREATES: readonly TypedCreate[] = [
  {
    name: 'deployment',
    aliases: ['deploy'],
    description: 'create deployment web --image=nginx',
    addFlags: (command) =>
      command
        .option('--image <image>', 'image of a container', collectWhole)
        .option('-r, --replicas <n>', 'number of pods', integer)
        .option('--port <port>', 'port the container listens on', integer),
    build: buildDeployment,
  },
  {
    name: 'namespace',
    aliases: ['ns'],
    description: 'create namespace lab',
    addFlags: (command) => command,
    build: (name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  },
  {
    name: 'serviceaccount',
    aliases: ['sa'],
    description: 'create serviceaccount builder',
    addFlags: (command) => command,
    build: (name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }),
  },
  {
    name: 'configmap',
    aliases: ['cm'],
    description: 'create configmap settings --from-literal=colour=blue',
    addFlags: addDataFlags,
    build: buildConfigMap,
  },
  {
    group: 'secret',
    name: 'generic',
    description: 'create secret generic login --from-literal=user=me',
    addFlags: (command) => addDataFlags(command).option('--type <type>', 'type of the secret'),
    build: buildSecret,
  },
  {
    group: 'service',
    name: 'clusterip',
    description: 'create service clusterip web --tcp=80:8080',
    addFlags: (command) => addPortFlags(command).option('--clusterip <address>', 'an address, or None'),
    build: (name, flags) => buildService('ClusterIP', name, flags),
  },
  {
    group: 'service',
    name: 'nodeport',
    description: 'create service nodeport web --tcp=80:8080',
    addFlags: (command) => addPortFlags(command).option('--node-port <port>', 'port on every node', integer),
    build: (name, flags) => buildService('NodePort', name, flags),
  },
  {
    group: 'service',
    name: 'loadbalancer',
    description: 'create service loadbalancer web --tcp=80:8080',
    addFlags: addPortFlags,
    build: (name, flags) => buildService('LoadBalancer', name, flags),
  },
  {
    group: 'service',
    name: 'externalname',
    description: 'create service externalname db --external-name=db.example.com',
    addFlags: (command) => command.option('--external-name <name>', 'the DNS name it stands for'),
    build(name, { externalName }) {
      if (!externalName) throw new CommandError('required flag(s) "external-name" not set');
      const spec = { type: 'ExternalName', externalName, selector: { app: name } };
      return { apiVersion: 'v1', kind: 'Service', metadata: metadataOf(name), spec };
    },
  },
  {
    group: 'secret',
    name: 'tls',
    description: 'create secret tls web --cert=web.crt --key=web.key',
    addFlags: (command) =>
      command.option('--cert <file>', 'certificate, PEM').option('--key <file>', 'its private key, PEM'),
    build: buildTlsSecret,
  },
  {
    group: 'secret',
    name: 'docker-registry',
    description: 'create secret docker-registry login --docker-username=me --docker-password=...',
    addFlags: (command) =>
      command
        .option('--docker-server <url>', 'the registry')
        .option('--docker-username <name>', 'user')
        .option('--docker-password <password>', 'password')
        .option('--docker-email <address>', 'mail address'),
    build: buildRegistrySecret,
  },
];
