/**
 * `{{ env.HOME }}` in manifest files: environment variables of the caller, and nothing else.
 *
 * Not a template engine on purpose: a file stays readable as what it will be.
 */
import { ManifestError } from './manifest-error';

const TEMPLATE = /\{\{([^{}]*)\}\}/g;
const VARIABLE = /^\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*$/;

/** Throws a ManifestError with line for an unset variable or any other expression. Comments are left as they are. */
export function expandTemplate(text: string, file: string, env: Readonly<Record<string, string | undefined>>): string {
  return text
    .split('\n')
    .map((line, index) => {
      if (line.trimStart().startsWith('#')) return line;
      return line.replace(TEMPLATE, (whole, expression: string) => {
        const name = VARIABLE.exec(expression)?.[1];
        if (!name)
          throw new ManifestError(
            file,
            index + 1,
            '',
            `unknown expression ${JSON.stringify(whole)}; expected {{ env.NAME }}`,
          );
        const value = env[name];
        if (value === undefined)
          throw new ManifestError(file, index + 1, '', `environment variable ${name} is not set`);
        return value;
      });
    })
    .join('\n');
}
