import type { OnChange } from "../../core/outcome.ts";
import type { CatalogContext } from "../context.ts";
import { findPins } from "../pins/find-pins.ts";
import type { RegisteredItem } from "./register.ts";

/** Names the pin where a row was to take other bytes and kept its own. */
export async function notePins(
  { sql }: Pick<CatalogContext, "sql">,
  registered: readonly (RegisteredItem | undefined)[],
  { onChange }: { readonly onChange: OnChange },
): Promise<readonly (RegisteredItem | undefined)[]> {
  if (onChange !== "replace") return registered;
  const kept = registered.flatMap((each) =>
    each?.outcome === "kept" && each.record !== undefined ? [each.record.id] : [],
  );
  if (kept.length === 0) return registered;
  const held = await findPins(sql, [...new Set(kept)]);
  return registered.map((each) => {
    const [pin] = (each?.outcome === "kept" && held.get(each.record?.id ?? 0)) || [];
    return each && pin ? { ...each, pin } : each;
  });
}
