import { type BlobKey, OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import type { PlanAction } from "../../core/plan/plan-action.ts";
import type { BlobStore } from "../../ports/blob-store.ts";

/** Why an action may not be done where it says; `undefined` where it may. Nothing is looked at. */
export function findForbidden(store: Pick<BlobStore, "findKey" | "uriOf">, action: PlanAction): string | undefined {
  const { uri, reason } = action;
  const key = store.findKey(uri);
  if (key === undefined) return "is not in the root";
  if (store.uriOf(key) !== uri) return "is not written as the root has it";
  return isPlaceFor(reason, key) ? undefined : `is no place of which anything goes as ${reason}`;
}

/** Names with a dot in front belong to the catalog, or to nobody that it knows. */
function isPlaceFor(reason: PlanAction["reason"], key: BlobKey): boolean {
  const [first, second = "", ...rest] = key.split("/");
  const isPlain = (names: readonly string[]): boolean => names.every((name) => !name.startsWith("."));
  switch (reason) {
    case "dead_process":
      return first === OWN_FOLDERS.staging && rest.length === 0 && second !== "" && isPlain([second]);
    case "trash_expired":
      return first === OWN_FOLDERS.trash && second.startsWith("kept-") && rest.length > 0 && isPlain(rest);
    case "unreferenced":
    case "abandoned":
    case "unknown":
    case "dead_run":
    case "empty_folder":
      return isPlain(key.split("/"));
    default:
      return reason satisfies never;
  }
}
