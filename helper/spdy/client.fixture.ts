/** A SPDY/3.1 client for tests: compresses its headers with zlib and the dictionary, as real clients do. */
import type { Duplex } from 'node:stream';
import { constants, createDeflate } from 'node:zlib';
import { DICTIONARY } from './dictionary';
import { type ControlFrame, controlFrame, dataFrame, FLAG_FIN, FRAME, FrameReader, idBody } from './frames';

const number = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export class SpdyTestClient {
  private readonly deflate = createDeflate({ dictionary: DICTIONARY, level: 9 });
  private readonly frames = new FrameReader();
  private nextId = 1;
  readonly controls: ControlFrame[] = [];
  readonly text = new Map<number, string>();
  readonly ended = new Set<number>();

  constructor(readonly socket: Duplex) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.frames.push(chunk)) {
        if (frame.kind === 'control') this.controls.push(frame);
        else {
          this.text.set(frame.streamId, (this.text.get(frame.streamId) ?? '') + frame.payload.toString());
          if (frame.isLast) this.ended.add(frame.streamId);
        }
      }
    });
  }

  /** Opens a stream; resolves with its id. */
  async open(headers: Readonly<Record<string, string>>): Promise<number> {
    const id = this.nextId;
    this.nextId += 2;
    const words = Object.entries(headers).flat();
    const block = Buffer.concat([
      number(words.length / 2),
      ...words.flatMap((word) => [number(word.length), Buffer.from(word)]),
    ]);
    const compressed = await this.compress(block);
    this.socket.write(
      controlFrame(FRAME.synStream, 0, idBody(id, Buffer.concat([number(0), Buffer.alloc(2), compressed]))),
    );
    return id;
  }

  write(id: number, text: string | Buffer): void {
    this.socket.write(dataFrame(id, 0, Buffer.from(text)));
  }

  end(id: number): void {
    this.socket.write(dataFrame(id, FLAG_FIN, Buffer.alloc(0)));
  }

  private compress(block: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.deflate.write(block);
      this.deflate.flush(constants.Z_SYNC_FLUSH, () => resolve(this.deflate.read() as Buffer));
    });
  }
}
