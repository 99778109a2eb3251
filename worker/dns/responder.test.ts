import { type Answer, type DecodedPacket, decode, encode, type Packet, type Question } from 'dns-packet';
import { parseCidr } from '../../helper/net/ipv4';
import { Forwarder } from './forwarder';
import type { ZoneRecord } from './records';
import { Responder } from './responder';
import { Zone } from './zone';

const zone = new Zone();
const pods = (count: number): ZoneRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    name: 'many.shop.svc.cluster.local',
    type: 'A',
    address: `10.244.0.${index + 1}`,
  }));
zone.replace('shop/web', [{ name: 'web.shop.svc.cluster.local', type: 'A', address: '10.96.0.7' }]);
zone.replace('shop/far', [{ name: 'far.shop.svc.cluster.local', type: 'CNAME', target: 'far.example' }]);
zone.replace('shop/many', pods(100));
zone.replace('shop/three', [
  ...['1', '2', '3'].map(
    (last): ZoneRecord => ({ name: 'three.x.svc.cluster.local', type: 'A', address: `10.0.0.${last}` }),
  ),
]);

/** An upstream that knows far.example and counts its questions. */
const asked: string[] = [];
const upstream = async (query: Buffer): Promise<Buffer> => {
  const { id, questions = [] } = decode(query);
  asked.push(questions[0]?.name ?? '');
  if (questions[0]?.name.toLowerCase() !== 'far.example') throw new Error('no answer');
  const answers = [{ name: questions[0].name, type: 'A', ttl: 60, data: '192.0.2.1' } as const];
  return encode({ type: 'response', id: id ?? 0, questions, answers });
};

const clock = { now: 0 };
const forwarder = new Forwarder({
  routes: () => ({ byDomain: [{ domain: '', servers: [{ address: '192.0.2.53', port: 53 }] }], problems: [] }),
  exchange: upstream,
  now: () => clock.now,
});
const names = {
  zone,
  domain: 'cluster.local',
  serverAddress: '10.96.0.10',
  ranges: [parseCidr('10.96.0.0/12')],
  hosts: { lookup: () => undefined },
  hasNamespace: () => true,
};
const responder = new Responder(names, forwarder);

const query = (name: string, type: Question['type'] = 'A', more: Packet = {}) =>
  encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ name, type }], ...more });

async function ask(message: Buffer, overTcp = false): Promise<DecodedPacket & { rcode?: string }> {
  const answer = await responder.respond(message, overTcp);
  if (!answer) throw new Error('no answer');
  return decode(answer) as DecodedPacket & { rcode?: string };
}
const dataOf = (packet: Packet) => (packet.answers ?? []).map((answer) => ('data' in answer ? answer.data : undefined));

describe('Responder', () => {
  test('answers with the id and the letters of the question', async () => {
    const answer = await ask(query('WEB.shop.svc.Cluster.Local'));
    expect(answer).toMatchObject({ id: 7, rcode: 'NOERROR', flag_aa: true, flag_rd: true, flag_ra: true });
    expect(answer.questions?.[0]?.name).toBe('WEB.shop.svc.Cluster.Local');
    expect(answer.answers?.[0]).toMatchObject({ name: 'WEB.shop.svc.Cluster.Local', ttl: 5, data: '10.96.0.7' });
  });

  test('says that a name does not exist, with the zone’s SOA', async () => {
    const answer = await ask(query('no.shop.svc.cluster.local'));
    expect(answer.rcode).toBe('NXDOMAIN');
    expect(answer.authorities?.[0]).toMatchObject({ type: 'SOA', name: 'cluster.local', ttl: 5 });
  });

  test('keeps answers under the bytes of the question until the zone changes', async () => {
    const message = query('web.shop.svc.cluster.local');
    await responder.respond(message, false);
    message.writeUInt16BE(4711, 0);
    expect(decode(responder.recall(message) ?? Buffer.alloc(0)).id).toBe(4711);
    responder.zoneChanged();
    expect(responder.recall(message)).toBeUndefined();
  });

  test('lets several addresses take turns at the first place', async () => {
    const message = query('three.x.svc.cluster.local');
    const first = [dataOf(await ask(message))[0]];
    for (let turn = 0; turn < 3; turn++) first.push(dataOf(decode(responder.recall(message) ?? Buffer.alloc(0)))[0]);
    expect(first).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.1']);
  });

  test('cuts what a datagram cannot hold and gives all of it by TCP', async () => {
    const message = query('many.shop.svc.cluster.local');
    const short = await ask(message);
    expect(short.flag_tc).toBe(true);
    expect(short.answers?.length).toBeGreaterThan(20);
    const whole = await ask(message, true);
    expect([whole.flag_tc, whole.answers?.length]).toEqual([false, 100]);
  });

  test('fills larger datagrams for clients that take them (EDNS0)', async () => {
    const opt = {
      name: '.',
      type: 'OPT',
      udpPayloadSize: 4096,
      flags: 0,
      extendedRcode: 0,
      ednsVersion: 0,
      flag_do: false,
      options: [],
    } satisfies Answer;
    const answer = await ask(query('many.shop.svc.cluster.local', 'A', { additionals: [opt] }));
    expect(answer.answers?.length).toBeGreaterThan(60);
    expect(answer.additionals?.[0]?.type).toBe('OPT');
  });

  test('asks upstream for what is not the cluster’s, once for as long as the answer lives', async () => {
    asked.length = 0;
    expect(dataOf(await ask(query('far.example')))).toEqual(['192.0.2.1']);
    clock.now = 10_000;
    const later = await ask(query('FAR.example'));
    expect(later.answers?.[0]).toMatchObject({ ttl: 50 });
    expect(later.questions?.[0]?.name).toBe('FAR.example');
    expect(asked).toEqual(['far.example']);
    clock.now = 31_000;
    await ask(query('far.example'));
    expect(asked).toHaveLength(2);
  });

  test('fails at once after an upstream was silent twice', async () => {
    clock.now = 100_000;
    asked.length = 0;
    for (const name of ['a.test', 'b.test', 'c.test']) expect((await ask(query(name))).rcode).toBe('SERVFAIL');
    expect(asked).toEqual(['a.test', 'b.test']);
  });

  test('completes an ExternalName with the address of its target', async () => {
    clock.now = 200_000;
    const answer = await ask(query('far.shop.svc.cluster.local'));
    expect(dataOf(answer)).toEqual(['far.example', '192.0.2.1']);
  });

  test.each<[string, Buffer, string | undefined]>([
    ['an answer', encode({ type: 'response', id: 1, questions: [] }), undefined],
    ['four bytes', Buffer.alloc(4), undefined],
    ['a header without a question', Buffer.alloc(12), 'FORMERR'],
    ['a name that does not end', Buffer.concat([query('a.b').subarray(0, 13), Buffer.from([63])]), 'FORMERR'],
    [
      'another class',
      encode({ type: 'query', questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] }),
      'REFUSED',
    ],
  ])('meets %s without harm', async (_, message, expected) => {
    const answer = await responder.respond(message, false);
    expect(answer && (decode(answer) as { rcode?: string }).rcode).toBe(expected);
  });
});
