/**
 * `{{ env.HOME }}` in manifest files: environment variables of the caller, and nothing else.
 *
 * Not a template engine on purpose: a file stays readable as what it will be.
 */
import { ManifestError } from './manifest-error';

const TEMPLATE = /\{\{([^{}]*)\}\}/g;
const VARIABLE = /^\s*env\.([A-Za-z_][A-Za-z0-9_]*)\s*$/;

/**
 * Fills in every `{{ env.NAME }}`; other braces are left as they are, since a canonical document may hold templates of others.
 * Throws a ManifestError with line for an unset variable. Comments are left alone.
 */
export function expandTemplate(text: string, file: string, env: Readonly<Record<string, string | undefined>>): string {
  return text
    .split('\n')
    .map((line, index) => {
      if (line.trimStart().startsWith('#')) return line;
      return line.replace(TEMPLATE, (whole, expression: string) => {
        const name = VARIABLE.exec(expression)?.[1];
        if (!name) return whole;
        const value = env[name];
        if (value === undefined)
          throw new ManifestError(file, index + 1, '', `environment variable ${name} is not set`);
        return value;
      });
    })
    .join('\n');
}

/** Throws for the first expression that is left in these lines (1 = first line of the file, `last` included): the dialect knows no other. */
export function refuseExpressions(text: string, file: string, first: number, last: number): void {
  text.split('\n').forEach((line, index) => {
    const isInside = index + 1 >= first && index + 1 <= last && !line.trimStart().startsWith('#');
    const [expression] = (isInside && line.match(TEMPLATE)) || [];
    if (!expression) return;
    throw new ManifestError(
      file,
      index + 1,
      '',
      `unknown expression ${JSON.stringify(expression)}; expected {{ env.NAME }}`,
    );
  });
}
