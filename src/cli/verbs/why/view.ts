import { isOfRow } from "../../../catalog/removals/removal-line.ts";
import type { Explanation, UnreadableMember } from "../../../catalog/why/explanation.ts";
import { quote } from "../../../core/messages/quote.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { quoteForShell } from "../../arguments/shell-quote.ts";
import { pinItem } from "../../documents/pin-part.ts";
import { documentItem, variantItem } from "../../documents/record-item.ts";
import type { Finding, Part } from "../../output/part.ts";
import { placeItem, removalItem, tombstoneItem } from "./items.ts";
import { tellStory } from "./story.ts";

/** All that is known, for people a story of each place. */
export function explanationPart(explanation: Explanation, nowMs: number): Part {
  const { places, removals, tombstones } = explanation;
  return {
    items: () => [
      ...rowsOf(explanation).documents.map(documentItem),
      ...rowsOf(explanation).variants.map(variantItem),
      ...places.map(placeItem),
      ...explanation.pins.map((pin) => pinItem(pin, { catalogId: pin.catalogId })),
      ...removals.map(removalItem),
      ...tombstones.map(tombstoneItem),
    ],
    blocks: () => tellStory(explanation, nowMs).map((text) => ({ block: "line", text }) as const),
  };
}

/** The rows that were found, and those that keep a place, each once. */
function rowsOf({ documents, variants, places }: Explanation): Pick<Explanation, "documents" | "variants"> {
  const all = [...documents, ...places.flatMap((place) => place.documents)];
  const allVariants = [...variants, ...places.flatMap((place) => place.variants)];
  return {
    documents: [...new Map(all.map((each) => [each.id, each])).values()],
    variants: [...new Map(allVariants.map((each) => [each.id, each])).values()],
  };
}

/** What to say about a word that nobody knows. */
export function sayNobodyKnows(word: string): string {
  return `No catalog of the root knows ${quote(cleanSecrets(word))}, or ever did.`;
}

/** A catalog that could not be asked. */
export function unreadableFinding({ catalogId, catalogPath, reason }: UnreadableMember): Finding {
  const at = catalogPath === null ? "" : ` at ${quote(cleanSecrets(catalogPath), 1000)}`;
  return {
    kind: "unreadable_catalog",
    label: "unreadable catalog",
    message: `What catalog ${catalogId}${at} keeps is not known: ${reason}.`,
    fields: { catalog_id: catalogId, catalog_path: catalogPath, reason },
  };
}

/** The command that comes next. */
export function nextCommand({ target, isKnown, documents, places, removals }: Explanation, nowMs: number): string {
  if (!isKnown) return "search --text TEXT";
  const there = new Set(documents.map(({ id }) => id));
  const isRowGone = removals.some((each) => isOfRow(each) && !there.has(Number(each.record?.["id"])));
  const isInTrash = places.some(({ trash, bytesAt }) => trash.length > 0 && bytesAt === "missing");
  const isThere = places.some(({ bytesAt }) => bytesAt === "stored" || bytesAt === "elsewhere");
  if (isInTrash || (isRowGone && isThere)) return `restore ${quoteForShell(cleanSecrets(target))}`;
  const [first] = documents.length > 0 ? documents : places.flatMap((place) => place.documents);
  if (first !== undefined) return `show ${first.id}`;
  const isRipe = places.some(({ orphan }) => orphan?.ripeAt != null && Date.parse(orphan.ripeAt) <= nowMs);
  if (isRipe) return "gc --apply";
  return places.some(({ orphan }) => orphan !== null) ? "gc" : "search";
}
