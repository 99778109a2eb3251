/**
 * One value of a kubeconfig by its dotted name, `clusters.lab.server`: set or taken out. Pure but for the file it is given.
 *
 * A name has the list, the entry and the field; only the entry may have dots in it, as names of clusters often do.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/kubectl_config_set/
 */
import { CommandError } from '../command-error';
import type { KubeconfigFile, NamedEntry } from './kubeconfig-file';

const PARTS = { clusters: 'cluster', contexts: 'context', users: 'user' } as const;
type ListName = keyof typeof PARTS;

type Kind = 'text' | 'boolean' | 'base64';

const FIELDS: Readonly<Record<ListName, Readonly<Record<string, Kind>>>> = {
  clusters: {
    server: 'text',
    'tls-server-name': 'text',
    'insecure-skip-tls-verify': 'boolean',
    'certificate-authority': 'text',
    'certificate-authority-data': 'base64',
    'proxy-url': 'text',
    'disable-compression': 'boolean',
  },
  contexts: { cluster: 'text', user: 'text', namespace: 'text' },
  users: {
    token: 'text',
    tokenFile: 'text',
    username: 'text',
    password: 'text',
    as: 'text',
    'as-uid': 'text',
    'client-certificate': 'text',
    'client-certificate-data': 'base64',
    'client-key': 'text',
    'client-key-data': 'base64',
  },
};

interface Place {
  readonly list: ListName;
  readonly name: string;
  /** undefined for the whole entry */
  readonly field: string | undefined;
}

function placeOf(path: string): Place {
  const [list = '', ...rest] = path.split('.');
  if (!(list in PARTS) || rest.length === 0) throw new CommandError(`unable to parse ${path} after [] at api.Config`);
  const last = rest.at(-1) ?? '';
  const isField = rest.length > 1 && last in FIELDS[list as ListName];
  return {
    list: list as ListName,
    name: (isField ? rest.slice(0, -1) : rest).join('.'),
    field: isField ? last : undefined,
  };
}

function propertyValue(kind: Kind | undefined, path: string, text: string, isRaw: boolean): string | boolean {
  if (kind === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new CommandError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  if (kind !== 'base64') return text;
  if (isRaw) return Buffer.from(text).toString('base64');
  if (/^[A-Za-z\d+/]*={0,2}$/.test(text)) return text;
  throw new CommandError(`error decoding ${path}: illegal base64 data; --set-raw-bytes takes the bytes themselves`);
}

/** Sets a value; entries are made when they are not there. Throws for a name that means no field. */
export function setProperty(file: KubeconfigFile, path: string, text: string, isRaw: boolean): void {
  if (path === 'current-context') {
    file[path] = text;
    return;
  }
  const { list, name, field } = placeOf(path);
  if (field === undefined)
    throw new CommandError(
      `unable to set ${JSON.stringify(path)}: expected ${list}.NAME.FIELD, with a field of: ${Object.keys(FIELDS[list]).join(', ')}`,
    );
  const value = propertyValue(FIELDS[list][field], path, text, isRaw);
  const part = PARTS[list];
  const entry = file[list].find((each) => each.name === name);
  if (entry) entry[part] = { ...entry[part], [field]: value };
  else file[list].push({ name, [part]: { [field]: value } } as NamedEntry);
}

/** Takes a field or a whole entry out; what is not there is no mistake. */
export function unsetProperty(file: KubeconfigFile, path: string): void {
  if (path === 'current-context') {
    file[path] = '';
    return;
  }
  const { list, name, field } = placeOf(path);
  if (field === undefined) file[list] = file[list].filter((entry) => entry.name !== name);
  else delete file[list].find((entry) => entry.name === name)?.[PARTS[list]]?.[field];
}
