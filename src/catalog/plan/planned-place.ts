import { type BlobKey, OWN_FOLDERS } from "../../core/naming/blob-key.ts";
import { type FileReason, isRowReason, type PlanAction } from "../../core/plan/plan-action.ts";
import type { BlobStore } from "../../ports/blob-store.ts";

/** Why an action may not be done where it says; `undefined` where it may. Nothing is looked at. */
export function findForbidden(
  store: Pick<BlobStore, "findKey" | "uriOf">,
  action: Pick<PlanAction, "uri" | "reason" | "from">,
): string | undefined {
  const { uri, reason, from } = action;
  // A row may name what lies anywhere.
  if (isRowReason(reason)) return undefined;
  const objection = findObjection(store, { uri, reason });
  if (objection !== undefined || from === undefined) return objection;
  if (from === uri) return "would share its bytes with itself";
  const objectionToOther = findObjection(store, { uri: from, reason });
  return objectionToOther && `would share bytes of a file that ${objectionToOther}`;
}

function findObjection(
  store: Pick<BlobStore, "findKey" | "uriOf">,
  { uri, reason }: { readonly uri: PlanAction["uri"]; readonly reason: FileReason },
): string | undefined {
  const key = store.findKey(uri);
  if (key === undefined) return "is not in the root";
  if (store.uriOf(key) !== uri) return "is not written as the root has it";
  return isPlaceFor(reason, key) ? undefined : `is no place of which anything goes as ${reason}`;
}

/** Folders with a dot in front belong to the catalog, or to nobody that it knows; so does what has the name of one. */
function isPlaceFor(reason: FileReason, key: BlobKey): boolean {
  const [first, second = "", ...rest] = key.split("/");
  switch (reason) {
    case "dead_process":
      return first === OWN_FOLDERS.staging && rest.length === 0 && second !== "" && !second.startsWith(".");
    case "trash_expired":
      return first === OWN_FOLDERS.trash && second.startsWith("kept-") && isBlobName(rest.join("/"));
    case "quarantine_expired":
      return first === OWN_FOLDERS.quarantine && rest.length === 1 && second !== "" && !isNote(rest.join("/"));
    case "empty_folder":
      return isFolderName(key);
    case "unreferenced":
    case "abandoned":
    case "unknown":
    case "dead_run":
    case "duplicate":
      return isBlobName(key);
    default:
      return reason satisfies never;
  }
}

/** The note goes with what it is about. */
function isNote(name: string): boolean {
  return name.toLowerCase() === "evidence.json";
}

/** A file may have a dot in front: that of somebody else, which goes as unknown. */
function isBlobName(key: string): boolean {
  const folder = key.lastIndexOf("/");
  if (folder !== -1) return isFolderName(key.slice(0, folder));
  return key !== "" && !Object.values(OWN_FOLDERS).some((name) => name === key.toLowerCase());
}

function isFolderName(key: string): boolean {
  return key.split("/").every((name) => !name.startsWith("."));
}
