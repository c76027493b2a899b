import type { StorageUri } from "../../core/storage-uri.ts";
import type { CanonicalNames } from "../files/canonical-name.ts";
import type { PlacingContext } from "../placing/placing-context.ts";
import type { RootUse } from "../root/root-use.ts";
import type { Lease } from "./lease.ts";

/** What {@link FileLeases} works with. */
export interface FileLeasesContext extends Pick<PlacingContext, "leases"> {
  /** The root that the files may lie in. @default there is none */
  readonly root?: RootUse | undefined;
  /** Tells under which URIs files are registered. */
  readonly names: CanonicalNames;
  /** See `BatchOptions.expectedRows`. */
  readonly expectedRows?: number | undefined;
}

/**
 * Leases of files that are to be registered where they lie, taken before they are looked at. Only what lies in the root
 * can be collected; files elsewhere need none.
 */
export class FileLeases {
  readonly #context: FileLeasesContext;
  readonly #leases = new Map<StorageUri, Lease>();

  private constructor(context: FileLeasesContext) {
    this.#context = context;
  }

  /** Takes leases of those files at absolute paths that lie in the root, in one batch. */
  static async acquire(context: FileLeasesContext, paths: Iterable<string>): Promise<FileLeases> {
    const uris: StorageUri[] = [];
    for (const path of paths) {
      // A symlink that leads into the root is found later, when somebody follows it.
      if (context.names.uriAtOnce(path) !== undefined) continue;
      const { uri, key } = await context.names.locatePath(path);
      if (key !== undefined) uris.push(uri);
    }
    const leases = new FileLeases(context);
    await leases.add(uris);
    return leases;
  }

  /** Whether none of the files lies in the root. */
  get isEmpty(): boolean {
    return this.#leases.size === 0;
  }

  /** Takes leases of those places that lie in the root and have none: whether there were any. */
  async add(uris: Iterable<StorageUri>): Promise<boolean> {
    const wanted = new Set<StorageUri>();
    for (const uri of uris) if (!this.#leases.has(uri) && this.#context.names.isInRoot(uri)) wanted.add(uri);
    // A collector reads the leases of those catalogs only that the root knows.
    await this.#context.root?.enterFor(wanted);
    const requests = [...wanted].map((uri) => ({ uri, origin: "in_place", sha256: null, bytes: null }) as const);
    const { leases, expectedRows } = this.#context;
    for (const lease of await leases.acquire(requests, { expectedRows })) this.#leases.set(lease.uri, lease);
    return wanted.size > 0;
  }

  /** The lease of the file that has a canonical URI. */
  find(uri: StorageUri): Lease | undefined {
    return this.#leases.get(uri);
  }

  /** Whether several of those who name files would end the same lease. */
  areShared(named: readonly (readonly StorageUri[])[]): boolean {
    const seen = new Set<StorageUri>();
    for (const uris of named) {
      for (const uri of new Set(uris)) {
        if (this.#leases.has(uri) && seen.has(uri)) return true;
        seen.add(uri);
      }
    }
    return false;
  }

  /** Ends those that no row has ended. */
  async release(): Promise<void> {
    for (const lease of this.#leases.values()) await lease.release();
  }
}
