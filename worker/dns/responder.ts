/**
 * From the bytes of a question to the bytes of its answer.
 *
 * The short way: an answer given before is kept under the question's own bytes (all but the id), so the same question costs
 * one look into a Map. Any change of the zone empties it; answers therefore never lag behind. Several addresses take turns at
 * the first place, since most clients use the first.
 */
import { decode, encode, type RecordType } from 'dns-packet';
import { type Answer, answerQuestion, type ClusterNames } from './answer-question';
import {
  encodeFailure,
  encodeResponse,
  MAX_TCP_BYTES,
  MAX_UDP_BYTES,
  RESPONSE_CODE,
  type Response,
} from './encode-response';
import type { Forwarder } from './forwarder';
import { HEADER_BYTES, type Query, readQuery } from './query';
import type { ZoneRecord } from './records';

const MAX_KEPT = 10_000;
/** Orders of several addresses that take turns. */
const MAX_TURNS = 8;
/** What a client without EDNS takes by UDP. */
const PLAIN_UDP_BYTES = 512;

interface Kept {
  readonly turns: readonly Buffer[];
  next: number;
}

const failed = (code: number): Response => ({
  code,
  authoritative: false,
  answers: [],
  authority: [],
  additional: [],
});

export class Responder {
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly names: ClusterNames,
    private readonly forwarder: Forwarder,
  ) {}

  /** Call it after every change of the zone. */
  zoneChanged(): void {
    this.kept.clear();
  }

  /** The answer if it is at hand: the hot path. The buffer is shared; it must be sent before the next call. */
  recall(message: Buffer): Buffer | undefined {
    if (message.length <= HEADER_BYTES) return undefined;
    const kept = this.kept.get(message.toString('latin1', 2));
    if (!kept) return undefined;
    const answer = kept.turns[kept.next] ?? kept.turns[0];
    kept.next = kept.next + 1 < kept.turns.length ? kept.next + 1 : 0;
    if (!answer) return undefined;
    // Copied: the kernel may still be reading the one sent before.
    const copy = Buffer.allocUnsafe(answer.length);
    answer.copy(copy);
    copy[0] = message[0] ?? 0;
    copy[1] = message[1] ?? 0;
    return copy;
  }

  /** Undefined when the message deserves no answer. */
  async respond(message: Buffer, overTcp: boolean): Promise<Buffer | undefined> {
    // Too short to have an id, or an answer itself: two servers answering each other would never end.
    if (message.length < HEADER_BYTES || ((message[2] ?? 0) & 0x80) !== 0) return undefined;
    let query: Query;
    try {
      query = readQuery(message);
    } catch {
      return encodeFailure(message, RESPONSE_CODE.formatError);
    }
    const limit = overTcp ? MAX_TCP_BYTES : udpLimit(query);
    if (query.opcode !== 'QUERY') return encodeFailure(message, RESPONSE_CODE.notImplemented);
    if (!query.isInternetClass) return encodeResponse(query, failed(RESPONSE_CODE.refused), limit);
    const answer = answerQuestion(this.names, query.name, query.type);
    if (!answer) {
      const forwarded = await this.forwarder.resolve(message, query, overTcp);
      return forwarded ?? encodeResponse(query, failed(RESPONSE_CODE.serverFailure), limit);
    }
    if (answer.chase !== undefined) {
      const chased = await this.chase(query, answer.chase);
      return encodeResponse(query, responseOf({ ...answer, answers: [...answer.answers, ...chased] }), limit);
    }
    return this.keep(message, query, responseOf(answer), overTcp, limit);
  }

  private keep(message: Buffer, query: Query, response: Response, overTcp: boolean, limit: number): Buffer {
    const turns = rotations(response.answers).map((answers) => encodeResponse(query, { ...response, answers }, limit));
    // Options (a cookie, say) differ with every question: keeping those would only fill the memory.
    if (!overTcp && !query.edns?.hasOptions) {
      if (this.kept.size >= MAX_KEPT) this.kept.clear();
      this.kept.set(message.toString('latin1', 2), { turns, next: turns.length > 1 ? 1 : 0 });
    }
    return turns[0] ?? encodeResponse(query, response, limit);
  }

  /** Addresses of the name an ExternalName Service stands for; none when they cannot be had. */
  private async chase(query: Query, name: string): Promise<ZoneRecord[]> {
    const message = encode({
      type: 'query',
      id: query.id,
      flags: 0x0100,
      questions: [{ name, type: query.type as RecordType }],
    });
    const answer = await this.forwarder.resolve(message, readQuery(message), false).catch(() => undefined);
    if (!answer) return [];
    return (decode(answer).answers ?? []).flatMap((record): ZoneRecord[] => {
      const owner = record.name.toLowerCase();
      if (record.type === 'A' || record.type === 'AAAA')
        return [{ name: owner, type: record.type, address: record.data }];
      return record.type === 'CNAME' ? [{ name: owner, type: 'CNAME', target: record.data.toLowerCase() }] : [];
    });
  }
}

function udpLimit({ edns }: Query): number {
  return Math.min(MAX_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, edns?.udpBytes ?? 0));
}

function responseOf(answer: Answer): Response {
  return {
    code: answer.exists ? RESPONSE_CODE.ok : RESPONSE_CODE.noSuchName,
    authoritative: true,
    answers: answer.answers,
    authority: answer.authority,
    additional: answer.additional,
  };
}

/** The answers in several orders, each beginning with another one. A chain of CNAMEs keeps its order. */
function rotations(answers: readonly ZoneRecord[]): (readonly ZoneRecord[])[] {
  if (answers.length < 2 || answers.some(({ type }) => type === 'CNAME')) return [answers];
  const step = Math.max(1, Math.floor(answers.length / MAX_TURNS));
  const turns: (readonly ZoneRecord[])[] = [];
  for (let at = 0; at < answers.length && turns.length < MAX_TURNS; at += step) {
    turns.push([...answers.slice(at), ...answers.slice(0, at)]);
  }
  return turns;
}
