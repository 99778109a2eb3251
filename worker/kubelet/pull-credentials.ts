/**
 * Which user name and password to pull an image with: from the pod's imagePullSecrets.
 *
 * Pure. A secret of type kubernetes.io/dockerconfigjson holds a docker config; the entry whose key is the longest prefix of
 * the image's registry and path wins.
 * https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod
 */
const DOCKER_HUB = 'index.docker.io';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface AuthEntry {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
}

/** The registry an image name starts with; Docker Hub when it names none. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : DOCKER_HUB;
}

/** Credentials for an image out of the secrets' `.dockerconfigjson` (or older `.dockercfg`) texts; undefined when none fit. */
export function credentialsFor(
  image: string,
  secrets: readonly Readonly<Record<string, string>>[],
): Credentials | undefined {
  const registry = registryOf(image);
  const target = registry === DOCKER_HUB ? `${DOCKER_HUB}/${image}` : image;
  const entries = secrets.flatMap(authsOf).map(([key, entry]) => [normalized(key), entry] as const);
  const [best] = entries
    .filter(([key]) => target === key || target.startsWith(`${key}/`))
    .sort(([a], [b]) => b.length - a.length);
  return best && decode(best[1]);
}

function authsOf(secret: Readonly<Record<string, string>>): [string, AuthEntry][] {
  try {
    const config = secret['.dockerconfigjson'];
    if (config) return Object.entries((JSON.parse(config) as { auths?: Record<string, AuthEntry> }).auths ?? {});
    return Object.entries(JSON.parse(secret['.dockercfg'] ?? '{}') as Record<string, AuthEntry>);
  } catch {
    // A secret that is no docker config cannot hold our credentials; the pull then fails with the registry's words.
    return [];
  }
}

function normalized(key: string): string {
  const bare = key.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '');
  return bare === 'docker.io' || bare === 'registry-1.docker.io' ? DOCKER_HUB : bare;
}

function decode(entry: AuthEntry): Credentials | undefined {
  if (entry.username !== undefined) return { username: entry.username, password: entry.password ?? '' };
  const text = Buffer.from(entry.auth ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
