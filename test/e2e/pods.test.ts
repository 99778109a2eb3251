/** The pods of every suite, on real Docker. */
import { command } from './cluster';
import { aDocker, aKubectl } from './one-cluster';
import { podSuite } from './pod-suite';

jest.setTimeout(240_000);

describe('pods', () => {
  podSuite({
    needs: [aDocker, aKubectl],
    startFailure: 'ContainerCannotRun',
    hostPort: 18_099,
    async hostNamespaces(_cluster, containerId) {
      const [found] = JSON.parse((await command('docker', ['inspect', containerId])).stdout) as [
        { HostConfig: { NetworkMode: string; PidMode: string; IpcMode: string } },
      ];
      const { NetworkMode: network, PidMode: pid, IpcMode: ipc } = found.HostConfig;
      const modes = Object.entries({ ipc, network, pid });
      return modes.filter(([, mode]) => mode === 'host').map(([name]) => name);
    },
  });
});
