/**
 * The same cluster through another client: `client-node-tour.mjs` visits what applications use of the API.
 */
import { join } from 'node:path';
import { type Cluster, command } from './cluster';
import { aDocker, oneCluster } from './one-cluster';

jest.setTimeout(240_000);

interface Stop {
  readonly name: string;
  readonly error?: string;
}

describe('@kubernetes/client-node', () => {
  let cluster: Cluster;
  const scenario = oneCluster({ needs: [aDocker] }, async (started) => {
    cluster = started;
    await cluster.run('images', 'build', 'busybox', 'nginx');
  });

  scenario('finds a Kubernetes', async () => {
    const script = join(__dirname, 'client-node-tour.mjs');
    const { stdout, stderr } = await command(process.execPath, [script], { env: cluster.env, limitMs: 200_000 });
    const stops = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Stop);
    expect(stops.filter(({ error }) => error)).toEqual([]);
    expect({ visited: stops.map(({ name }) => name).at(-1), stderr }).toEqual({
      visited: 'the end of a namespace',
      stderr: '',
    });
  });
});
