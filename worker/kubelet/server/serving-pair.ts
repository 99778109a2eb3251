/**
 * The certificate and key of the kubelet's server, followed: `kubelet-server-current.pem` on a machine that joined, where it is
 * renewed, else the pair that `up` made. Connections that are open go on with the old one.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/#client-and-serving-certificates
 */
import { existsSync, readFileSync, type StatsListener, unwatchFile, watchFile } from 'node:fs';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { servingFile } from '../../../helper/pki/node-certificates';
import type { Logger } from '../../../helper/process/component';

const LOOK_EVERY_MS = 1000;

/** What the server shows, and the CA that clients are checked with. Throws when it is not there. */
export function readServingPair(home: string): SecureContextOptions {
  const pki = (name: string) => readFileSync(join(home, 'pki', name));
  const current = servingFile(home);
  if (!existsSync(current)) return { key: pki('kubelet.key'), cert: pki('kubelet.crt'), ca: pki('ca.crt') };
  const both = readFileSync(current);
  return { key: both, cert: both, ca: pki('ca.crt') };
}

/** Calls back when the pair was replaced; returns what ends that. */
export function followServingPair(home: string, log: Logger, use: (pair: SecureContextOptions) => void): () => void {
  const path = servingFile(home);
  const follow: StatsListener = (now, before) => {
    if (now.mtimeMs === before.mtimeMs && now.ino === before.ino) return;
    try {
      use(readServingPair(home));
      log.info('the serving certificate was renewed');
    } catch (error) {
      log.warn({ error: String(error) }, 'the serving certificate cannot be read any more');
    }
  };
  watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, follow);
  return () => unwatchFile(path, follow);
}
