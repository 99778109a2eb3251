/**
 * Who an image's user is: the primary group and further groups that its /etc/passwd and /etc/group give a user.
 *
 * Docker adds the image's groups exactly when no group is named. Kubernetes' `supplementalGroupsPolicy` wants both ways whatever is
 * named, so the files are read from the image (a container that never runs) where Docker's way is not the pod's. Rarely needed.
 * https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#supplementalgroupspolicy
 */
import type Docker from 'dockerode';
import { callDocker } from './docker-call';
import type { ContainerConfig } from './runtime';

const TAR_BLOCK_BYTES = 512;
const MAX_IMAGES = 100;

interface ImageFiles {
  readonly passwd: string;
  readonly group: string;
}

type Identity = Pick<ContainerConfig, 'user' | 'supplementalGroups'>;

export class ImageUsers {
  /** by image reference; a reference that comes to mean another image is rare enough to be wrong until the next start */
  private readonly known = new Map<string, Promise<ImageFiles>>();

  constructor(private readonly docker: Docker) {}

  /** User and groups to give to Docker, so that the process has those the pod asks for. */
  async identityOf(config: ContainerConfig): Promise<Identity> {
    const { user, supplementalGroups } = config;
    const hasGroup = user?.includes(':') ?? false;
    const asIs = { ...(user === undefined ? {} : { user }), supplementalGroups };
    // Docker's own way: the image's groups come along when no group is named.
    if ((config.hasStrictGroups ?? false) === hasGroup) return asIs;
    return identityFrom(config, await this.filesOf(config.image));
  }

  private filesOf(image: string): Promise<ImageFiles> {
    const known = this.known.get(image) ?? this.read(image);
    if (this.known.size >= MAX_IMAGES) this.known.clear();
    this.known.set(image, known);
    known.catch(() => this.known.delete(image));
    return known;
  }

  private read(image: string): Promise<ImageFiles> {
    return callDocker(`read the users of image ${image}`, 'CreateContainerError', async () => {
      const container = await this.docker.createContainer({ Image: image, Entrypoint: ['/'] });
      try {
        const { Config } = await container.inspect();
        const passwd = await fileIn(container, '/etc/passwd');
        const imageUser = Config.User ? `image:${Config.User}\n` : '';
        return { passwd: imageUser + passwd, group: await fileIn(container, '/etc/group') };
      } finally {
        await container.remove({ force: true, v: true });
      }
    });
  }
}

/** The first file of a tar stream; '' when the image has none. */
async function fileIn(container: Docker.Container, path: string): Promise<string> {
  const stream = await container.getArchive({ path }).catch(() => undefined);
  if (!stream) return '';
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  const tar = Buffer.concat(chunks);
  const size = Number.parseInt(tar.subarray(124, 136).toString('ascii'), 8) || 0;
  return tar.subarray(TAR_BLOCK_BYTES, TAR_BLOCK_BYTES + size).toString('utf8');
}

/** Strict: the user's primary group is named, so that Docker adds no others. Merge: the image's groups are added to those named. */
export function identityFrom(
  {
    user,
    supplementalGroups,
    hasStrictGroups,
  }: Pick<ContainerConfig, 'user' | 'supplementalGroups' | 'hasStrictGroups'>,
  { passwd, group }: ImageFiles,
): Identity {
  const lines = passwd.split('\n').map((line) => line.split(':'));
  const imageUser = lines.find(([name, , gid]) => name === 'image' && gid === undefined)?.[1];
  const wanted = (user ?? imageUser ?? '0').split(':')[0] ?? '0';
  const entry = lines.find(([name, , uid, gid]) => gid !== undefined && (name === wanted || uid === wanted));
  if (hasStrictGroups) return { user: `${wanted}:${entry?.[3] ?? 0}`, supplementalGroups };
  const added = group
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([, , , members = '']) => entry?.[0] !== undefined && members.split(',').includes(entry[0]))
    .map(([, , gid]) => Number(gid));
  return { ...(user ? { user } : {}), supplementalGroups: [...new Set([...supplementalGroups, ...added])] };
}
