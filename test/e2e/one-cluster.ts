/**
 * One cluster for all tests of a file: started before the first, ended behind the last. A machine that cannot have it says why, and the
 * tests pass over it.
 */
import { KUBECTL } from '../kubectl-path';
import { type Cluster, type ClusterOptions, command, startCluster } from './cluster';

/** Says what this machine lacks; undefined when nothing. */
export type Need = () => Promise<string | undefined>;

export const aDocker: Need = async () => {
  if (process.getuid?.() !== 0) return 'needs root';
  const { code } = await command('docker', ['version', '--format', '{{.Server.Version}}'], { limitMs: 10_000 });
  return code === 0 ? undefined : 'no Docker daemon answers';
};
export const aKubectl: Need = async () => (KUBECTL ? undefined : 'no kubectl on PATH');

/** `limitMs`: when the file's limit is too short. */
export type Scenario = (name: string, body: () => Promise<void>, limitMs?: number) => void;

/** The first reason why not; undefined when everything is there. */
export async function whatIsMissing(needs: readonly Need[]): Promise<string | undefined> {
  for (const need of needs) {
    const reason = await need();
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/**
 * To be called where tests are declared. `begin` gets the cluster, and may prepare it; what comes back declares a test that runs where
 * the cluster does. `needs` is Docker and kubectl unless told otherwise.
 */
export function oneCluster(
  { needs = [aDocker, aKubectl], ...options }: ClusterOptions & { readonly needs?: readonly Need[] },
  begin: (cluster: Cluster) => Promise<void> | void,
): Scenario {
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    const reason = await whatIsMissing(needs);
    if (reason !== undefined) return void console.warn(`skipped: ${reason}`);
    cluster = await startCluster(options);
    await begin(cluster);
  });
  afterAll(() => cluster?.stop());
  return (name, body, limitMs) =>
    test(
      name,
      async () => {
        if (cluster) await body();
      },
      limitMs,
    );
}
