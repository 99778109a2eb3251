/**
 * The finalize subresource of a Namespace: the namespace controller says that it is empty. With the last of spec.finalizers gone, a
 * namespace that is being deleted is removed.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
 */
import type { Namespace } from '../../../../helper/api/core/namespace';
import type { ApiRequest } from '../../api-request';
import { isReleased } from '../deletion';
import { parseWriteOptions } from '../query-options';
import { sendObject } from '../respond';
import { changeStored } from '../store-write';
import { readNextState } from '../update';

/** Answers 200 with the namespace; only spec.finalizers is taken from the body. */
export async function handleFinalize(request: ApiRequest): Promise<void> {
  const { info, services, kind } = request;
  const options = parseWriteOptions(info.query, 'UpdateOptions');
  const wanted = (await readNextState(request, options)) as Namespace;
  const expectedVersion = wanted.metadata.resourceVersion;
  const { object } = await services.writers.run(`${kind.plural}//${info.name}`, () =>
    changeStored(request, '', info.name, { ...options, expectedVersion }, (current) => {
      const next = current.copy<Namespace>();
      next.spec = { ...next.spec, finalizers: [...(wanted.spec?.finalizers ?? [])] };
      return isReleased(next, current.object) ? { remove: true } : { next };
    }),
  );
  sendObject(request, 200, object);
}
