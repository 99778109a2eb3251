/**
 * The order of a merged list: what a strategic merge patch says about order wins, the server's order fills in.
 *
 * A merged list holds items the patch names and items only the server had. Both groups keep their own order; server
 * items go in front of the first patch item they preceded on the server. A new item therefore comes before server-only
 * ones: adding a sidecar by patch puts it first, as the documentation of kubectl patch shows.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/#notes-on-the-strategic-merge-patch
 */

/** What tells items apart: the merge key's value, or the item itself in a list of scalars. */
export type Identity = (item: unknown) => unknown;

/** `merged` in its final order. `patchOrder` and `serverOrder` may hold items that are no longer there. */
export function orderElements(
  merged: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  identity: Identity,
): unknown[] {
  const patchPlace = places(patchOrder, identity);
  const serverPlace = places(serverOrder, identity);
  const placeIn = (table: Map<unknown, number>, item: unknown) => table.get(identity(item)) ?? table.size;
  const fromPatch = merged
    .filter((item) => patchPlace.has(identity(item)))
    .sort((a, b) => placeIn(patchPlace, a) - placeIn(patchPlace, b));
  const fromServer = merged
    .filter((item) => !patchPlace.has(identity(item)))
    .sort((a, b) => placeIn(serverPlace, a) - placeIn(serverPlace, b));
  return interleave(fromServer, fromPatch, (serverItem, patchItem) => {
    const [server, patch] = [serverPlace.get(identity(serverItem)), serverPlace.get(identity(patchItem))];
    return server !== undefined && patch !== undefined && server < patch;
  });
}

/** Position of the first item of each identity. */
function places(items: readonly unknown[], identity: Identity): Map<unknown, number> {
  const table = new Map<unknown, number>();
  items.forEach((item, index) => {
    const id = identity(item);
    if (!table.has(id)) table.set(id, index);
  });
  return table;
}

/** Both lists in one, each in its own order; an item of `left` goes first when `isBefore` says so, else last. */
function interleave(
  left: readonly unknown[],
  right: readonly unknown[],
  isBefore: (left: unknown, right: unknown) => boolean,
): unknown[] {
  const result: unknown[] = [];
  let next = 0;
  for (const item of right) {
    while (next < left.length && isBefore(left[next], item)) result.push(left[next++]);
    result.push(item);
  }
  return [...result, ...left.slice(next)];
}
