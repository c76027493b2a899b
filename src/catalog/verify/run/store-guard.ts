import { quote } from "../../../core/messages/quote.ts";
import { isAbsolutePath } from "../../../core/path.ts";
import { CatalogError } from "../../../errors.ts";
import type { BlobStore } from "../../../ports/blob-store.ts";
import type { FileSystem } from "../../../ports/file-system.ts";
import { isEmptyRoot } from "../../root/is-empty-root.ts";

/** After so many failures in a row it is doubted that the store is there. */
export const DOUBTED_FAILURES = 100;

/** What a {@link StoreGuard} looks at. */
export interface StoreGuardOptions {
  /** The root; without one nothing is gone. */
  readonly store: BlobStore | undefined;
  /** Where it lies. */
  readonly fs: FileSystem;
  /** What cannot be done where it is gone. @default "verify" */
  readonly verb?: "verify" | "audit" | undefined;
}

/**
 * Tells a store that is gone, as with its device, from blobs that are: ten thousand missing blobs are one failure then.
 * Looked at when a run begins, and again when blobs are bad one after the other.
 */
export class StoreGuard {
  readonly #store: BlobStore | undefined;
  readonly #fs: FileSystem;
  readonly #verb: "verify" | "audit";
  #before: string | undefined;
  #hadMarker = false;

  /** Looks at nothing yet. */
  constructor({ store, fs, verb = "verify" }: StoreGuardOptions) {
    this.#store = store;
    this.#fs = fs;
    this.#verb = verb;
  }

  /** Looks at the root as it is when a run begins. */
  async begin(): Promise<void> {
    const { problem, hasMarker } = await this.#look();
    this.#before = problem;
    this.#hadMarker = hasMarker;
  }

  /** To be called before anything of the root is said to be bad. @throws {CatalogError} BACKEND when it was never there */
  requireBegun(): void {
    if (this.#before !== undefined) throw this.#gone(this.#before);
  }

  /** Looks again. @throws {CatalogError} BACKEND when the root is gone, or is another one */
  async confirm(): Promise<void> {
    const { problem, hasMarker } = await this.#look();
    if (problem !== undefined) throw this.#gone(problem);
    if (this.#hadMarker && !hasMarker) throw this.#gone("it has no marker of a catalog any more");
  }

  async #look(): Promise<{ readonly problem: string | undefined; readonly hasMarker: boolean }> {
    const store = this.#store;
    if (store === undefined) return { problem: undefined, hasMarker: false };
    try {
      const problem = isAbsolutePath(store.root) ? await findProblem(this.#fs, store.root) : undefined;
      if (problem !== undefined) return { problem, hasMarker: false };
      if ((await store.markers.list()).length > 0) return { problem: undefined, hasMarker: true };
      return {
        problem: (await isEmptyRoot(store)) ? "there is nothing in it, and no marker" : undefined,
        hasMarker: false,
      };
    } catch (error) {
      return { problem: `it cannot be read: ${describe(error)}`, hasMarker: false };
    }
  }

  #gone(what: string): CatalogError<"BACKEND"> {
    const path = this.#store?.root ?? "";
    return new CatalogError("BACKEND", `Cannot ${this.#verb} what is stored in ${quote(path)}: ${what}`, {
      details: { what: "store", path },
      hint: "Mount its device, or name another root with --root, and run it again: nothing of it was taken for missing.",
    });
  }
}

async function findProblem(fs: FileSystem, root: string): Promise<string | undefined> {
  const stat = await fs.stat(root);
  if (stat === undefined) return "it is not there";
  return stat.kind === "directory" ? undefined : "it is no folder";
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
