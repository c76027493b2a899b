import { hasCode } from "../../../core/messages/file-error.ts";
import { quote } from "../../../core/messages/quote.ts";
import { isAbsolutePath, parentPath } from "../../../core/path.ts";
import { CatalogError } from "../../../errors.ts";
import { storelessError } from "../../disabled.ts";
import type { NamesContext } from "../../files/canonical-name.ts";

/**
 * What is free on the device of the root, in bytes.
 * @throws {CatalogError} UNSUPPORTED where there is no root, no device, or the runtime cannot tell
 */
export async function findFreeBytes({ fs, store }: NamesContext): Promise<number> {
  if (store === undefined) throw storelessError();
  if (fs.freeBytes === undefined || !isAbsolutePath(store.root)) {
    throw new CatalogError(
      "UNSUPPORTED",
      `Cannot tell how much is free where ${quote(store.root)} is: this runtime, or the store, does not say`,
      {
        details: { what: "free bytes" },
        hint: "Deno tells it with --allow-sys. A cap on the size of what is stored (--max-total-size) needs no device.",
      },
    );
  }
  // A root that is not there yet will be on the device of the folder above it.
  for (let path = store.root; ; path = parentPath(path)) {
    try {
      return await fs.freeBytes(path);
    } catch (error) {
      if (!hasCode(error, "ENOENT") || path === parentPath(path)) throw error;
    }
  }
}
