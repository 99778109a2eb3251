import type { KubeObject } from '../../../helper/api/meta';
import { convertByWebhook } from './convert-by-webhook';

const CONFIG = { url: 'https://example.com/convert' };
const object = (name: string, apiVersion = 'example.com/v1', more: object = {}) =>
  ({ apiVersion, kind: 'Foo', metadata: { name, uid: name, labels: { a: 'b' }, ...more } }) as KubeObject;

interface Review {
  request: { uid: string; desiredAPIVersion: string; objects: KubeObject[] };
}

/** A webhook that renames the version and does what else it is told. */
function webhook(change: (answer: Record<string, unknown>, review: Review) => void = () => undefined) {
  const asked: Review[] = [];
  const convert = convertByWebhook(
    { strategy: 'Webhook', webhook: { clientConfig: CONFIG, conversionReviewVersions: ['v9', 'v1'] } },
    async (_config, body) => {
      const review = body as Review;
      asked.push(structuredClone(review));
      const { uid, desiredAPIVersion, objects } = structuredClone(review.request);
      const convertedObjects = objects.map((each) => ({ ...each, apiVersion: desiredAPIVersion }));
      const response = { uid, result: { status: 'Success' }, convertedObjects };
      const answer = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response };
      change(answer, review);
      return answer;
    },
  );
  return { asked, convert: async (...objects: KubeObject[]) => convert(objects, 'example.com/v2') };
}
const responseOf = (answer: Record<string, unknown>) =>
  answer.response as { uid?: string; result: Record<string, unknown>; convertedObjects: KubeObject[] };

describe('convertByWebhook()', () => {
  it('asks once about all objects of other versions, and keeps the order', async () => {
    const { asked, convert } = webhook();
    const done = await convert(object('a'), object('b', 'example.com/v2'), object('c'));
    expect(done.map(({ apiVersion, metadata }) => [apiVersion, metadata.name])).toEqual([
      ['example.com/v2', 'a'],
      ['example.com/v2', 'b'],
      ['example.com/v2', 'c'],
    ]);
    expect(asked.map(({ request }) => request.objects.map(({ metadata }) => metadata.name))).toEqual([['a', 'c']]);
  });

  it('asks nobody when there is nothing to convert', async () => {
    const { asked, convert } = webhook();
    await convert(object('b', 'example.com/v2'));
    expect(asked).toEqual([]);
  });

  it('believes labels and annotations, and no other metadata', async () => {
    const { convert } = webhook((answer) => {
      const [first] = responseOf(answer).convertedObjects;
      if (first) first.metadata = { name: 'a', uid: 'a', labels: { c: 'd' }, finalizers: ['x/y'] };
    });
    const [done] = await convert(object('a', 'example.com/v1', { generation: 3 }));
    expect(done?.metadata).toEqual({ name: 'a', uid: 'a', generation: 3, labels: { c: 'd' } });
  });

  test.each<[name: string, change: (answer: Record<string, unknown>) => void, expected: string]>([
    [
      'says no',
      (answer) => Object.assign(responseOf(answer).result, { status: 'Failed', message: 'why not' }),
      'failed: why not',
    ],
    ['says nothing', (answer) => delete answer.response, 'failed: no response provided'],
    [
      'answers another question',
      (answer) => Object.assign(responseOf(answer), { uid: 'x' }),
      'failed: expected response.uid=',
    ],
    [
      'answers in another form',
      (answer) => Object.assign(answer, { apiVersion: 'v9' }),
      'failed: expected webhook response of apiextensions.k8s.io/v1',
    ],
    [
      'loses objects',
      (answer) => Object.assign(responseOf(answer), { convertedObjects: [] }),
      'returned 0 objects, expected 1',
    ],
    [
      'leaves the version',
      (answer) => Object.assign(responseOf(answer).convertedObjects[0] ?? {}, { apiVersion: 'example.com/v1' }),
      'invalid groupVersion (expected example.com/v2, received example.com/v1)',
    ],
    [
      'renames the object',
      (answer) => Object.assign(responseOf(answer).convertedObjects[0]?.metadata ?? {}, { name: 'z' }),
      'must have the same name: a != z',
    ],
  ])('refuses a webhook that %s', async (_name, change, expected) => {
    const { convert } = webhook((answer) => void change(answer));
    const attempt = convert(object('a'));
    await expect(attempt).rejects.toThrow('conversion webhook for example.com/v1, Kind=Foo');
    await expect(attempt).rejects.toThrow(expected);
  });
});
