/**
 * Which headers of a request or an answer go on to the other side of a proxy: not those of one connection, and not what was meant for the
 * API server.
 */
const NOT_PASSED_ON = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
]);

/** `name` in lower case. */
export const isPassedOn = (name: string): boolean => !NOT_PASSED_ON.has(name) && !name.startsWith('impersonate-');
