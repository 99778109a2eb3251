/**
 * What must hold on the host before Docker is asked for a container: sources of its mounts, its seccomp profile, what this Docker
 * and this machine can do.
 *
 * Docker itself would take some of these wishes and not fulfil them, or fail in words nobody understands; here each is fulfilled
 * or refused with Kubernetes' reason. https://kubernetes.io/docs/concepts/storage/volumes/#hostpath
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { Logger } from '../../helper/process/component';
import { messageOf } from './docker-call';
import { canLowerOomScore } from './oom-score';
import { type ContainerConfig, RuntimeError } from './runtime';

/** A hostPath that does not exist is made as a folder, as Kubernetes' runtimes do; a file would have to exist already. */
export function makeMissingFolders({ mounts }: Pick<ContainerConfig, 'mounts'>): void {
  for (const { hostPath } of mounts) {
    if (existsSync(hostPath)) continue;
    try {
      mkdirSync(hostPath, { recursive: true });
    } catch (error) {
      throw new RuntimeError('CreateContainerError', `cannot make mount source "${hostPath}": ${messageOf(error)}`);
    }
  }
}

/** Since this version Docker makes mounts below a read-only mount read-only, when the kernel can. */
const FIRST_RECURSIVE_VERSION = 25;

/** An older Docker would take the option and leave mounts below writable. */
export function checkRecursion({ mounts }: Pick<ContainerConfig, 'mounts'>, dockerVersion: string): void {
  const demanding = mounts.find(({ recursiveReadOnly }) => recursiveReadOnly === 'always');
  if (!demanding || Number.parseInt(dockerVersion, 10) >= FIRST_RECURSIVE_VERSION) return;
  const what = `mount "${demanding.containerPath}" requested recursive read-only mode`;
  throw new RuntimeError('CreateContainerConfigError', `${what}, but it is not supported by Docker ${dockerVersion}`);
}

/** A profile named by a path is read here; Docker takes its text. */
export function readSeccompProfile(seccomp: string | undefined): { seccompProfile?: string } {
  if (!seccomp?.startsWith('/')) return {};
  try {
    return { seccompProfile: readFileSync(seccomp, 'utf8') };
  } catch (error) {
    throw new RuntimeError('CreateContainerError', `cannot load seccomp profile "${seccomp}": ${messageOf(error)}`);
  }
}

/** The oom_score_adj this machine can give, and one line in the log where it is not the wanted one. */
export class OomScoreLimit {
  private readonly canLower = canLowerOomScore();
  private hasSaidSo = false;

  constructor(private readonly log: Logger) {}

  possible(wanted: number): number {
    if (wanted >= 0 || this.canLower) return wanted;
    if (!this.hasSaidSo) {
      this.hasSaidSo = true;
      this.log.warn('no CAP_SYS_RESOURCE on this machine: negative oom_score_adj is raised to 0');
    }
    return 0;
  }
}
