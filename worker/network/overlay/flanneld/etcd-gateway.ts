/**
 * One key of etcd, read and written through its JSON gateway: enough for flannel's configuration, and no client library in a process that
 * needs it once.
 * https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/
 */
const TIME_LIMIT_MS = 5_000;

const encode = (text: string) => Buffer.from(text).toString('base64');

async function call(endpoint: string, path: string, body: object): Promise<unknown> {
  const signal = AbortSignal.timeout(TIME_LIMIT_MS);
  const answer = await fetch(`${endpoint}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body), signal });
  if (!answer.ok) throw new Error(`etcd ${endpoint} answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  return await answer.json();
}

/** Makes the key have the value; one that has it already is left alone, so that nobody who watches it wakes up. */
async function ensureAt(endpoint: string, key: string, value: string): Promise<void> {
  const { kvs = [] } = (await call(endpoint, 'range', { key: encode(key) })) as { kvs?: { value?: string }[] };
  if (kvs[0]?.value === encode(value)) return;
  await call(endpoint, 'put', { key: encode(key), value: encode(value) });
}

/** Through the first member that answers. Throws what the last one said. */
export async function ensureKey(endpoints: readonly string[], key: string, value: string): Promise<void> {
  let problem: unknown = new Error('no etcd is given (etcdEndpoints)');
  for (const endpoint of endpoints) {
    try {
      return await ensureAt(endpoint, key, value);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}
