/**
 * How a configuration gets into an nginx pod: a shell script that writes it beside the running one, has nginx check it, and only then
 * puts it in place and reloads. Pure.
 *
 * A refused one changes nothing. A reload starts new workers and lets the old ones finish, so no connection is cut. The last accepted script
 * is kept in a Secret that pods mount: one that starts while nobody is there to configure it has the last state.
 * https://nginx.org/en/docs/control.html#reconfiguration
 */
import { createHash } from 'node:crypto';
import { STATUS_PORT } from './render-nginx';

const FOLDER = '/etc/ingress';
export const INSTALL_SCRIPT = 'install.sh';
/** What the script prints, whatever else nginx has to say. */
export const ACCEPTED = 'configuration accepted';

const FIRST_CONFIGURATION = `user nginx; pid /run/nginx.pid; events {} http { server { listen 80; return 404; } server { listen ${STATUS_PORT}; return 503; } }`;

export interface Installation {
  readonly script: string;
  /** differs when anything in it does */
  readonly hash: string;
}

/** Content is base64, so nothing in it can be taken for a command. */
const writeFile = (name: string, content: string) =>
  `base64 -d > ${FOLDER}/next/${name} <<'END'\n${(
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n')}\nEND`;

/** The script for this configuration and the files it names. */
export function renderInstallation(configuration: string, files: ReadonlyMap<string, string>): Installation {
  const all = [...files].sort(([a], [b]) => a.localeCompare(b));
  const script = [
    'set -e',
    'umask 077',
    `rm -rf ${FOLDER}/next && mkdir -p ${FOLDER}/next ${FOLDER}/current`,
    ...[...all, ['nginx.conf', configuration] as const].map(([name, content]) => writeFile(name, content)),
    `nginx -t -c ${FOLDER}/next/nginx.conf 2>&1`,
    `rm -rf ${FOLDER}/old && mv ${FOLDER}/current ${FOLDER}/old && mv ${FOLDER}/next ${FOLDER}/current`,
    // At the start of a pod there is nothing to reload yet.
    `if [ -s /run/nginx.pid ]; then nginx -c ${FOLDER}/current/nginx.conf -s reload; fi`,
    `echo '${ACCEPTED}'`,
    '',
  ].join('\n');
  return { script, hash: createHash('sha256').update(script).digest('hex').slice(0, 16) };
}

/** What the container runs: the last accepted configuration, or one that says 404 until the first comes. */
export const START_COMMAND = [
  `[ ! -f /accepted/${INSTALL_SCRIPT} ] || sh /accepted/${INSTALL_SCRIPT} || true`,
  `[ -f ${FOLDER}/current/nginx.conf ] || { mkdir -p ${FOLDER}/current; echo '${FIRST_CONFIGURATION}' > ${FOLDER}/current/nginx.conf; }`,
  `exec nginx -c ${FOLDER}/current/nginx.conf -g 'daemon off;'`,
].join('\n');

/** nginx' own words and the line they are about; undefined when it accepted. */
export function readComplaint(
  output: string,
): { readonly reason: string; readonly line: number | undefined } | undefined {
  if (output.includes(ACCEPTED)) return undefined;
  const [, reason, line] =
    /\[(?:emerg|alert|crit)\] (?:\d+#\d+: )?(.*?)(?: in \S*nginx\.conf:(\d+))?\s*$/m.exec(output) ?? [];
  return {
    reason: reason ?? (output.trim().slice(-300) || 'nginx said nothing'),
    line: line ? Number(line) : undefined,
  };
}
