/**
 * The identities of a cluster: makes what is missing in `$MINIK8S_HOME/pki` and the kubeconfigs, and leaves the rest alone.
 *
 * Run by `up` before anything starts, and again on every start: a certificate is made anew only when it is missing, is
 * damaged, ends within 30 days, names somebody else, lacks an address, or is not of this CA. The CA and the key that signs
 * ServiceAccount tokens are never replaced while they are usable: everything issued under them would become worthless.
 * The administrator's credential is in `admin.kubeconfig` and nowhere else.
 * https://kubernetes.io/docs/setup/best-practices/certificates/
 */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadKubeconfig, writeKubeconfig } from '../client/kubeconfig';
import type { Settings } from '../process/settings';
import {
  type CertificateAuthority,
  type CertificateRequest,
  createAuthority,
  openAuthority,
} from './certificate-authority';
import { isUsable, isUsableAuthority } from './certificate-check';
import {
  AUTHORITY_NAME,
  FRONT_PROXY_AUTHORITY_NAME,
  FRONT_PROXY_CLIENT,
  type Identity,
  identities,
  type ServerCertificate,
  serverCertificates,
} from './cluster-certificates';
import type { KeyPair } from './issuer';

const PRIVATE_FILE = 0o600;
const PUBLIC_FILE = 0o644;
const PRIVATE_FOLDER = 0o700;
const CLUSTER_NAME = 'minik8s';

/** What the steps below share. */
interface Work {
  readonly settings: Settings;
  readonly folder: string;
  readonly now: Date;
  /** paths made so far, relative to the home */
  readonly made: string[];
}

/** Resolves with the paths that were made, relative to the home; empty when everything was there. */
export async function ensurePki(settings: Settings, now: Date = new Date()): Promise<string[]> {
  const work: Work = { settings, folder: join(settings.home, 'pki'), now, made: [] };
  for (const path of [work.folder, join(settings.home, 'kubeconfig')]) {
    mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER });
  }
  const [authority, frontProxy] = await Promise.all([
    ensureAuthority(work, 'ca', AUTHORITY_NAME),
    ensureAuthority(work, 'front-proxy-ca', FRONT_PROXY_AUTHORITY_NAME),
  ]);
  await Promise.all([
    ...serverCertificates(settings).map((entry) => ensureCertificate(work, entry, authority)),
    ensureCertificate(work, FRONT_PROXY_CLIENT, frontProxy),
    ...identities(settings).map((entry) => ensureKubeconfig(work, entry, authority)),
  ]);
  ensureServiceAccountKeys(work);
  return work.made.sort();
}

async function ensureAuthority({ folder, now, made }: Work, file: string, name: string): Promise<CertificateAuthority> {
  const path = join(folder, file);
  const existing = readPair(path);
  if (existing && isUsableAuthority(existing, now)) return openAuthority(existing);
  const pair = await createAuthority(name, now);
  writePair(path, pair);
  made.push(`pki/${file}.crt`);
  return openAuthority(pair);
}

async function ensureCertificate(
  { folder, now, made }: Work,
  entry: ServerCertificate,
  authority: CertificateAuthority,
): Promise<void> {
  const path = join(folder, entry.file);
  const existing = readPair(path);
  if (existing && isUsable(existing, entry.request, authority.certificate, now)) return;
  writePair(path, await authority.sign(entry.request, now));
  made.push(`pki/${entry.file}.crt`);
}

async function ensureKubeconfig(
  { settings, now, made }: Work,
  identity: Identity,
  authority: CertificateAuthority,
): Promise<void> {
  const { kubeconfig, request } = identity;
  const path = join(settings.home, kubeconfig);
  const ca = authority.certificate;
  if (isKubeconfigUsable(path, settings.apiServerUrl, request, ca, now)) return;
  const config = { server: settings.apiServerUrl, ca, ...(await authority.sign(request, now)) };
  writeKubeconfig(path, config, { cluster: CLUSTER_NAME, user: request.commonName });
  made.push(kubeconfig);
}

function isKubeconfigUsable(path: string, server: string, request: CertificateRequest, ca: string, now: Date): boolean {
  if (!existsSync(path)) return false;
  try {
    const { certificate = '', key = '', ...config } = loadKubeconfig(path);
    return config.server === server && config.ca === ca && isUsable({ certificate, key }, request, ca, now);
  } catch {
    return false; // Damaged: made anew.
  }
}

/** `sa.key` signs ServiceAccount tokens (ES256), `sa.pub` checks them. */
function ensureServiceAccountKeys({ folder, made }: Work): void {
  const keyPath = join(folder, 'sa.key');
  const publicPath = join(folder, 'sa.pub');
  if (!existsSync(keyPath)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFile(keyPath, String(privateKey.export({ type: 'pkcs8', format: 'pem' })), PRIVATE_FILE);
    made.push('pki/sa.key');
  }
  const publicKey = createPublicKey(readFileSync(keyPath, 'utf8')).export({ type: 'spki', format: 'pem' });
  if (existsSync(publicPath) && readFileSync(publicPath, 'utf8') === publicKey) return;
  writeFile(publicPath, String(publicKey), PUBLIC_FILE);
  made.push('pki/sa.pub');
}

function readPair(path: string): KeyPair | undefined {
  if (!existsSync(`${path}.crt`) || !existsSync(`${path}.key`)) return undefined;
  return { certificate: readFileSync(`${path}.crt`, 'utf8'), key: readFileSync(`${path}.key`, 'utf8') };
}

function writePair(path: string, { certificate, key }: KeyPair): void {
  writeFile(`${path}.key`, key, PRIVATE_FILE);
  writeFile(`${path}.crt`, certificate, PUBLIC_FILE);
}

/** Whole or not at all: a start that was interrupted leaves no half file behind. */
function writeFile(path: string, content: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, content, { mode });
  chmodSync(draft, mode);
  renameSync(draft, path);
}
