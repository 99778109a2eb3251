/**
 * Renews the certificates of a machine that joined, before they end: the kubelet's own, its server's, and those of the components
 * beside it, which notice the new file by themselves.
 *
 * Each is asked for with the certificate the node has (`selfnodeclient`), approved and signed as at the join. One that cannot be
 * had now is tried again, and the old one stays until then. In Kubernetes a kubelet renews only its own two; the
 * components beside it are pods there.
 * https://kubernetes.io/docs/tasks/tls/certificate-rotation/
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { BackOff } from '../../../helper/client/back-off';
import type { ApiClient } from '../../../helper/client/client';
import { loadKubeconfig, writeKubeconfig } from '../../../helper/client/kubeconfig';
import type { KeyPair } from '../../../helper/pki/issuer';
import {
  agentCertificates,
  type ClientCertificate,
  kubeletCertificate,
  servingCertificate,
  servingFile,
  type WantedCertificate,
} from '../../../helper/pki/node-certificates';
import { requestCertificate } from '../../../helper/pki/request-certificate';
import type { Logger, RunningComponent } from '../../../helper/process/component';
import { kubeconfigPath } from '../../../helper/process/load-settings';
import type { Settings } from '../../../helper/process/settings';
import { renewalTime } from './renewal-time';

const RETRY = { firstMs: 2_000, longestMs: 120_000 };
/** setTimeout counts in 32 bits. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

const JOIN_AGAIN =
  "this machine's certificate has ended, and the cluster gives no new one; './run.sh token create' on the control plane's machine says how to join again";

type KeeperSettings = Pick<Settings, 'home' | 'nodeName' | 'nodeIp'>;

/** One certificate and where it lies. */
interface Kept {
  readonly wanted: WantedCertificate;
  /** PEM of the present one */
  read(): string;
  write(pair: KeyPair): void;
}

function inKubeconfig(home: string, wanted: ClientCertificate): Kept {
  const path = kubeconfigPath(home, wanted.component);
  return {
    wanted,
    read: () => loadKubeconfig(path).certificate ?? '',
    write: (pair) =>
      writeKubeconfig(
        path,
        { ...loadKubeconfig(path), ...pair },
        { cluster: 'minik8s', user: wanted.subject.commonName },
      ),
  };
}

function ofServer(settings: KeeperSettings): Kept {
  const path = servingFile(settings.home);
  return {
    wanted: servingCertificate(settings),
    read: () => readFileSync(path, 'utf8'),
    write({ certificate, key }) {
      writeFileSync(`${path}.tmp`, certificate + key, { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
    },
  };
}

/** Renews each in its time, until stopped; `random` (0 to 1) spreads the times. */
export function keepCertificates(
  settings: KeeperSettings,
  client: ApiClient,
  log: Logger,
  random: () => number = Math.random,
): RunningComponent {
  const ofClients = [kubeletCertificate(settings), ...agentCertificates(settings)];
  const kept = [...ofClients.map((wanted) => inKubeconfig(settings.home, wanted)), ofServer(settings)];
  const stops = kept.map((certificate) => keepOne(certificate, client, log, random));
  return {
    async stop() {
      for (const stop of stops) stop();
    },
  };
}

function keepOne({ wanted, read, write }: Kept, client: ApiClient, log: Logger, random: () => number): () => void {
  const retry = new BackOff(RETRY);
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let due = 0;
  const look = () => {
    const leftMs = due - Date.now();
    if (leftMs > 0) wait(leftMs);
    else void renew();
  };
  const wait = (delayMs: number) => {
    if (isStopped) return;
    timer = setTimeout(look, Math.min(delayMs, LONGEST_WAIT_MS));
    timer.unref();
  };
  const plan = () => {
    due = renewalTime(read(), random()).getTime();
    log.debug({ certificate: wanted.purpose, due: new Date(due).toISOString() }, 'certificate is good');
    wait(due - Date.now());
  };
  const hasEnded = () => {
    try {
      return Date.parse(new X509Certificate(read()).validTo) <= Date.now();
    } catch {
      return false;
    }
  };
  const renew = async () => {
    try {
      const pair = await requestCertificate(client, wanted);
      if (isStopped) return;
      write(pair);
      log.info({ certificate: wanted.purpose }, 'certificate renewed');
      retry.reset();
      plan();
    } catch (error) {
      if (hasEnded()) log.error({ certificate: wanted.purpose, error: String(error) }, JOIN_AGAIN);
      else log.warn({ certificate: wanted.purpose, error: String(error) }, 'certificate not renewed; trying again');
      wait(retry.next());
    }
  };
  try {
    plan();
  } catch (error) {
    // Missing or damaged: a new one is better at once.
    log.warn({ certificate: wanted.purpose, error: String(error) }, 'certificate cannot be read');
    look();
  }
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
