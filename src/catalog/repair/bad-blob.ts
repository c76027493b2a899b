import type { Sha256 } from "../../core/sha256.ts";
import type { StorageUri } from "../../core/storage-uri.ts";
import type { NamedPlace } from "../files/canonical-name.ts";

/** A blob that is bad, and of which it is known what it should be. */
export interface BadBlob {
  /** Its place, as rows have it. */
  readonly uri: StorageUri;
  /** What that means. */
  readonly place: NamedPlace;
  /** Where it lies on the machine, or its URI where it lies in no file. */
  readonly path: string;
  /** What it should hash to. */
  readonly sha256: Sha256;
  /** How many bytes it should have; `null` where that is not on record. */
  readonly bytes: number | null;
}
