/**
 * A mistake in a manifest file, said so that the user finds it: `file:line: path: what is wrong and what is expected`.
 */
export class ManifestError extends Error {
  constructor(
    readonly file: string,
    /** 1 = first line; 0 when the mistake is the file itself */
    readonly line: number,
    /** `containers[0].port`; '' for the whole document */
    readonly path: string,
    readonly problem: string,
  ) {
    super(`${file}${line > 0 ? `:${line}` : ''}: ${path ? `${path}: ` : ''}${problem}`);
    this.name = 'ManifestError';
  }
}
