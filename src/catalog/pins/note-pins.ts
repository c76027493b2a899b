import type { OnChange } from "../../core/outcome.ts";
import type { CatalogContext } from "../context.ts";
import type { RegisteredItem } from "../register/register.ts";
import { findPins } from "./find-pins.ts";

/** Names the pin where a row was to take other bytes and kept its own. */
export async function notePins(
  { sql }: Pick<CatalogContext, "sql">,
  registered: readonly (RegisteredItem | undefined)[],
  { onChange }: { readonly onChange: OnChange },
): Promise<readonly (RegisteredItem | undefined)[]> {
  if (onChange !== "replace") return registered;
  const ids = registered.flatMap((each) => idOfKept(each) ?? []);
  if (ids.length === 0) return registered;
  const held = await findPins(sql, ids);
  return registered.map((each) => {
    const [pin] = held.get(idOfKept(each) ?? 0) ?? [];
    return each && pin ? { ...each, pin } : each;
  });
}

function idOfKept(registered: RegisteredItem | undefined): number | undefined {
  return registered?.outcome === "kept" ? registered.record?.id : undefined;
}
