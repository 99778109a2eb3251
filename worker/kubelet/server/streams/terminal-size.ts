/**
 * The size of the client's terminal, as it arrives on the resize channel: JSON objects one after the other. Pure.
 *
 * A WebSocket brings one object a message, SPDY a stream of bytes that may be cut anywhere; both are read the same way.
 */

/** More than this without a closing brace is no size. */
const LONGEST_SIZE = 256;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** `{"Width":80,"Height":24}`; undefined when it is not that. */
export function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    return typeof Width === 'number' && typeof Height === 'number' ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}

/** Finds the objects in a stream of bytes; what is no size is skipped. */
export class SizeReader {
  private rest = '';

  push(bytes: Buffer): TerminalSize[] {
    const parts = (this.rest + bytes.toString('latin1')).split('}');
    this.rest = (parts.pop() ?? '').slice(-LONGEST_SIZE);
    return parts.flatMap((part) => parseSize(`${part}}`) ?? []);
  }
}
