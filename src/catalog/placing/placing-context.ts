import type { BlobKey } from "../../core/naming/blob-key.ts";
import { type Layout, parseLayout } from "../../core/naming/layout.ts";
import { DEFAULT_PATH_TEMPLATE, type PathTemplate, parsePathTemplate } from "../../core/naming/path-template.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import { type SlotSource, Slots } from "../concurrency/slots.ts";
import type { CatalogContext } from "../context.ts";
import type { OwnFiles } from "../files/own-files.ts";
import { type Leases, noLeases } from "../leases/lease.ts";
import { RootEntry } from "../root/root-entry.ts";
import { BufferPool } from "./buffer-pool.ts";

/** How bytes are placed; the names and defaults are those of the configuration. */
export interface PlacingOptions {
  /** How blobs are named: by their SHA-256, or for people from `pathTemplate`. @default "policy_path" */
  readonly layout?: Layout | undefined;
  /** The folder below `cas/` of the layout `cas`: one name. @default "sha256" */
  readonly casPrefix?: string | undefined;
  /** Names of the layout `policy_path`, below the root. @default "{resolver}/{artifact_id}/{basename}" */
  readonly pathTemplate?: string | undefined;
  /** Whether stored bytes get a second name instead of a second copy, in `policy_path`. @default true */
  readonly hardlinkDedup?: boolean | undefined;
  /** Whether bytes are hashed when they are stored; without, `sha256` is `null`. @default true */
  readonly computeSha256?: boolean | undefined;
  /** Whether stored bytes are read again and compared with their hash before they are registered. @default false */
  readonly verifyOnRegister?: boolean | undefined;
  /** Path or URL of the catalog without credentials, for the root's marker. @default "" */
  readonly catalogPath?: string | undefined;
  /** The configuration file that is in use, which is never moved. @default none */
  readonly configPath?: string | undefined;
}

/** {@link PlacingOptions} that were checked. */
export interface PlacingSettings {
  /** How blobs are named. */
  readonly layout: Layout;
  /** The folder below `cas/` of the layout `cas`. */
  readonly casPrefix: string;
  /** Names of the layout `policy_path`. */
  readonly pathTemplate: PathTemplate;
  /** Whether stored bytes get a second name instead of a second copy. */
  readonly hardlinkDedup: boolean;
  /** Whether bytes are hashed when they are stored. */
  readonly computeSha256: boolean;
  /** Whether stored bytes are read again and compared with their hash before they are registered. */
  readonly verifyOnRegister: boolean;
  /** Path or URL of the catalog without credentials; empty where there is none to tell. */
  readonly catalogPath: string;
  /** The configuration file in use, which is never moved; `undefined` where there is none. */
  readonly configPath: string | undefined;
}

/** What placing works with: a catalog's context, perhaps without a database, and a store. */
export interface PlacingContext extends Omit<CatalogContext, "sql" | "slots" | "root"> {
  /** Bounds how many calls have files open and bytes in memory. */
  readonly slots: SlotSource;
  /** Absent when the catalog is disabled: then bytes are placed and nothing is registered. */
  readonly sql?: SqlEngine | undefined;
  /** Where bytes go. */
  readonly store: BlobStore;
  /** How bytes are placed. */
  readonly settings: PlacingSettings;
  /** The catalog in its root; absent when it is disabled. */
  readonly root?: RootEntry | undefined;
  /** Keeps blobs whose row is on its way from being collected. */
  readonly leases: Leases;
  /** What all who place bytes through this context share. */
  readonly state: PlacingState;
  /** What is no content, looked up once for many files. @default each call looks for itself */
  readonly own?: OwnFiles | undefined;
}

/** What ingests of one process share. */
export interface PlacingState {
  /** One mutex for each hash: ingests of the same bytes look one after the other where these are stored. */
  readonly locks: Map<Sha256, Promise<unknown>>;
  /** Where bytes are whose row is on its way. */
  readonly inFlight: Map<Sha256, BlobKey>;
  /** For bytes on their way in. */
  readonly buffers: BufferPool;
  /** The rows of before were looked through for other names of files, once it was begun. */
  olderNames: Promise<void> | undefined;
  /** The logger was told that the root has blobs of another layout; it is told once. */
  warnedAboutLayout: boolean;
  /** Damaged blobs that were counted. */
  readonly damaged: Set<string>;
}

/** Puts together what placing works with. @throws {SyntaxError} when the template cannot be used */
export function createPlacingContext(
  context: Omit<CatalogContext, "sql"> & { readonly sql?: SqlEngine | undefined },
  parts: {
    readonly store: BlobStore;
    readonly leases?: Leases | undefined;
    readonly options?: PlacingOptions | undefined;
  },
): PlacingContext {
  const { fs, hashers, clock, entropy, processes, openOther, logger, telemetry, figures, closing, slots, sql } =
    context;
  const { store } = parts;
  const settings = parsePlacingOptions(parts.options ?? {});
  const { catalogPath } = settings;
  return {
    fs,
    hashers,
    clock,
    entropy,
    processes,
    openOther,
    logger,
    telemetry,
    figures,
    closing,
    slots: slots ?? new Slots(),
    sql,
    store,
    root: sql && new RootEntry({ sql, store, catalogPath, fs, clock, entropy, logger, openOther }),
    leases: parts.leases ?? noLeases,
    settings,
    state: {
      locks: new Map(),
      inFlight: new Map(),
      buffers: new BufferPool(),
      olderNames: undefined,
      warnedAboutLayout: false,
      damaged: new Set(),
    },
  };
}

function parsePlacingOptions(options: PlacingOptions): PlacingSettings {
  return {
    layout: parseLayout(options.layout ?? "policy_path"),
    casPrefix: options.casPrefix ?? "sha256",
    pathTemplate: parsePathTemplate(options.pathTemplate ?? DEFAULT_PATH_TEMPLATE),
    hardlinkDedup: options.hardlinkDedup ?? true,
    computeSha256: options.computeSha256 ?? true,
    verifyOnRegister: options.verifyOnRegister ?? false,
    catalogPath: options.catalogPath ?? "",
    configPath: options.configPath,
  };
}
