import { isCatalogError } from "../../../errors.ts";

/** Whether an error says something about one file only; anything else ends the run. */
export function isOfOneFile(error: unknown): boolean {
  return (["PERMISSION", "REFUSED", "CONFLICT", "BACKEND", "NOT_FOUND"] as const).some((code) =>
    isCatalogError(error, code),
  );
}
