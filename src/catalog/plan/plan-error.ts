import { CatalogError } from "../../errors.ts";

/** What refuses a plan as a whole. */
export function planError(reason: string, hint = "Make a new plan, and leave it as it is."): CatalogError<"REFUSED"> {
  return new CatalogError("REFUSED", `Cannot use the plan: ${reason}`, { details: { guard: "plan" }, hint });
}
