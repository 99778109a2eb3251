/**
 * What `/version` says, and so what `kubectl version` prints for the server.
 * https://kubernetes.io/releases/version-skew-policy/
 */

const ARCHITECTURES: Partial<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/**
 * The version of the Kubernetes API served here. Kubernetes' fields for its compiler name ours: clients only show them.
 */
export function serverVersion() {
  return {
    major: '1',
    minor: '32',
    gitVersion: 'v1.32.0+minik8s',
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node ${process.version}`,
    compiler: 'v8',
    platform: `${process.platform}/${ARCHITECTURES[process.arch] ?? process.arch}`,
  };
}
