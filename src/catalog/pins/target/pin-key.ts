import { parseSoughtName } from "../../../core/document.ts";
import { quote } from "../../../core/messages/quote.ts";
import { isAbsolutePath, normalizePath } from "../../../core/path.ts";
import { cleanSecrets } from "../../../core/secrets/clean-secrets.ts";
import { parseSha256 } from "../../../core/sha256.ts";
import { fileUriFromPath, parseStorageUri } from "../../../core/storage-uri.ts";
import type { CanonicalNames } from "../../files/canonical-name.ts";
import { checkId } from "../../find/find.ts";
import type { PinKey, PinTarget } from "../pin.ts";

/**
 * What the catalog has for a target. A path may be a symlink: what is behind it is meant.
 * @throws {RangeError} for an id that is no whole number from 1
 * @throws {SyntaxError} for a hash or URI that is none
 * @throws {TypeError} for a name with a NUL or such, and for a relative path
 */
export async function pinKeyOf(target: PinTarget, names: CanonicalNames): Promise<PinKey> {
  if ("document" in target) return { kind: "document", target: String(checkId(target.document)) };
  if ("artifact" in target) {
    return { kind: "artifact", target: cleanSecrets(parseSoughtName("artifact", target.artifact)) };
  }
  if ("sha256" in target) return { kind: "sha256", target: parseSha256(target.sha256) };
  const uri = "uri" in target ? parseStorageUri(target.uri) : uriOfPath(target.path);
  return { kind: "uri", target: (await names.locate(uri, { follow: true })).uri };
}

function uriOfPath(path: string): ReturnType<typeof fileUriFromPath> {
  if (isAbsolutePath(path)) return fileUriFromPath(normalizePath(path));
  throw new TypeError(`Cannot pin ${quote(path, 1000)}: the path is not absolute`);
}
