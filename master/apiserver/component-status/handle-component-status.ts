/**
 * GET of ComponentStatuses, one or all: computed, not stored, so there is no watch and no version.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/component-status-v1/
 */
import { methodNotAllowed, notFound } from '../../../helper/api/status-error';
import type { ApiRequest } from '../api-request';
import { sendPage } from '../rest/list';
import { sendObject, setWarnings } from '../rest/respond';
import { isSelected, parseSelection } from '../rest/selection';
import { CachedObject } from '../watch/cached-object';
import { type Ask, componentStatus, componentsOf } from './component-health';

type Asked = Omit<ApiRequest, 'cache'>;

async function look(name: string, ask: Ask): Promise<CachedObject> {
  const status = await componentStatus(name, ask);
  return new CachedObject('', '', name, 0, Buffer.from(JSON.stringify(status)));
}

/** Answers 200; throws NotFound for a name that is no component. */
export async function handleComponentStatus(request: Asked): Promise<void> {
  const { info, kind, registry, res, warnings } = request;
  const isOne = info.verb === 'get' && info.name !== '';
  if (info.subresource || !(isOne || info.verb === 'list')) throw methodNotAllowed();
  if (kind.deprecation) warnings.push(kind.deprecation);
  setWarnings(res, warnings);
  const components = componentsOf(registry.settings.home, async () => registry.store.currentRevision());
  if (isOne) {
    const ask = components.get(info.name);
    if (!ask) throw notFound(kind, info.name);
    sendObject(request, 200, await look(info.name, ask));
    return;
  }
  const selection = parseSelection(kind, info);
  const statuses = await Promise.all([...components].map(([name, ask]) => look(name, ask)));
  sendPage(request, { objects: statuses.filter((status) => isSelected(selection, status)), revision: 0 });
}
