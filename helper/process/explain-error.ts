/**
 * Errors of the operating system as one line a user can act on.
 */
type SystemError = NodeJS.ErrnoException & { readonly address?: string; readonly port?: number };

/** What happened and the way out; the error's own message when nothing better is known. */
export function explainError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, address, port, path } = error as SystemError;
  const place = port === undefined ? (path ?? address ?? 'its address') : `${address ?? ''}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${place} is in use by another process; stop that one, or choose other ports with --port-base`;
    case 'EADDRNOTAVAIL':
      return `${place} is not an address of this host; see --bind-address and --node-ip`;
    case 'EACCES':
    case 'EPERM':
      return `no permission for ${place}; run as root, or choose another place (${error.message})`;
    case 'ENOSPC':
      return `the disk is full (${error.message})`;
    case 'EMFILE':
      return `too many open files; raise the limit with 'ulimit -n' (${error.message})`;
    default:
      return error.message;
  }
}
