/**
 * Where the lines of a watch go: a chunked HTTP answer (`chunk-writer.ts`) or the messages of a WebSocket (`socket-lines.ts`).
 */
export interface LineWriter {
  /** Tells the client that the watch has begun. `onDrain`: it can take more again; `onClose`: it is gone. */
  open(onDrain: () => void, onClose: () => void): void;
  /** Writes framed lines; false when the client is behind and more should wait for `onDrain`. */
  write(chunks: readonly Buffer[]): boolean;
  /** Ends in order. */
  end(): void;
  /** Ends at once. */
  destroy(): void;
}
