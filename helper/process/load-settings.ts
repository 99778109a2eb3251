/**
 * Finds the settings of this process: flags, then `MINIK8S_*` variables, then `$MINIK8S_HOME/cluster.json`, then defaults.
 *
 * Called once by `run-component.ts` and by commands; components receive the result. A flag that does not exist or a value
 * that cannot be read throws a {@link SettingsError} whose message says what was expected.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultHome, withDefaults } from './default-settings';
import { flagOf, SETTING_OPTIONS, variableOf } from './setting-options';
import type { Settings } from './settings';

/** What the user gave cannot be used; the message is for the user. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Key = keyof Settings;
const KEYS = Object.keys(SETTING_OPTIONS) as Key[];

interface Given {
  readonly text: string;
  /** `--port-base`, `MINIK8S_PORT_BASE` or `portBase in /…/cluster.json`, for messages */
  readonly from: string;
}
type GivenByKey = Partial<Record<Key, Given>>;

/** `argv` as in process.argv.slice(2): `--name value`, `--name=value`, or a bare switch. */
function fromFlags(argv: readonly string[]): GivenByKey {
  const given: GivenByKey = {};
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    const [flag = '', ...rest] = argument.split('=');
    const key = KEYS.find((candidate) => flagOf(candidate) === flag);
    if (!key) throw new SettingsError(`unknown argument "${argument}"; expected one of ${KEYS.map(flagOf).join(', ')}`);
    if (rest.length > 0) {
      given[key] = { text: rest.join('='), from: flag };
    } else if (SETTING_OPTIONS[key].isSwitch) {
      given[key] = { text: 'true', from: flag };
    } else {
      index += 1;
      const text = argv[index];
      if (text === undefined) throw new SettingsError(`${flag} needs a value: ${SETTING_OPTIONS[key].expected}`);
      given[key] = { text, from: flag };
    }
  }
  return given;
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): GivenByKey {
  const given: GivenByKey = {};
  for (const key of KEYS) {
    const text = env[variableOf(key)];
    if (text) given[key] = { text, from: variableOf(key) };
  }
  return given;
}

/** A JSON value as the text a flag would carry. */
function toText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (value && typeof value === 'object' && 'first' in value && 'last' in value) return `${value.first}-${value.last}`;
  return String(value);
}

/** The file also holds what only `up` needs, so keys that are no setting are left alone. */
function fromClusterFile(file: string): GivenByKey {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new SettingsError(`${file} cannot be read: ${message}; expected a JSON object`);
  }
  const values = content && typeof content === 'object' ? (content as Record<string, unknown>) : {};
  const given: GivenByKey = {};
  for (const key of KEYS) {
    const value = values[key];
    if (value !== undefined && value !== null) given[key] = { text: toText(value), from: `"${key}" in ${file}` };
  }
  return given;
}

function readOne<K extends Key>(key: K, { text, from }: Given): Settings[K] {
  const value = SETTING_OPTIONS[key].read(text);
  if (value === undefined) {
    throw new SettingsError(`${from}: "${text}" is not possible; expected ${SETTING_OPTIONS[key].expected}`);
  }
  return value;
}

function readAll(given: GivenByKey): Partial<Settings> {
  const entries = KEYS.flatMap((key) => (given[key] ? [[key, readOne(key, given[key])]] : []));
  return Object.fromEntries(entries) as Partial<Settings>;
}

/** Path of the kubeconfig that `ensurePki` makes for a component. */
export function kubeconfigPath(home: string, component: string): string {
  return join(home, 'kubeconfig', `${component}.kubeconfig`);
}

/**
 * The settings of this process. With `component`, its own kubeconfig is the default instead of the administrator's.
 * Throws {@link SettingsError}.
 */
export function loadSettings(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  component?: string,
): Settings {
  const explicit = { ...fromEnvironment(env), ...fromFlags(argv) };
  const home = explicit.home ? readOne('home', explicit.home) : defaultHome();
  // The file lies in the home, so it cannot say where the home is.
  const { home: _ignored, ...file } = fromClusterFile(join(home, 'cluster.json'));
  const given = { ...readAll({ ...file, ...explicit }), home };
  if (component && !given.kubeconfig) return withDefaults({ ...given, kubeconfig: kubeconfigPath(home, component) });
  return withDefaults(given);
}

/** Text for `--help`: every flag with its meaning. */
export function settingsHelp(): string {
  const width = Math.max(...KEYS.map((key) => flagOf(key).length));
  const lines = KEYS.map((key) => `  ${flagOf(key).padEnd(width)}  ${SETTING_OPTIONS[key].help} (${variableOf(key)})`);
  return ['Flags, each with its variable:', ...lines].join('\n');
}
