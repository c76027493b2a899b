import { formatTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import { insertPlaced } from "../origins/origin-statements.ts";
import type { AcquireOptions, Lease, LeaseRequest, Leases } from "./lease.ts";
import {
  ANYWAY,
  type Condition,
  deleteLease,
  extendLease,
  insertLeases,
  type NewLease,
  recordAbandoned,
  setLeaseIdentity,
} from "./lease-statements.ts";

/** For how long a lease is taken, in milliseconds: an hour. */
export const DEFAULT_LEASE_TTL_MS = 3_600_000;

/** What {@link CatalogLeases} works with. */
export interface LeaseOptions extends Pick<CatalogContext, "sql" | "clock" | "logger" | "entropy" | "processes"> {
  /** For how long they are taken, in milliseconds; they are given as much again when half of it is over. @default an hour */
  readonly ttlMs?: number | undefined;
}

/**
 * How long the file of a lease that is held still may be on nobody's record, in milliseconds: most end sooner, and what
 * others want to write in that time takes it along.
 */
const IDENTITY_DELAY_MS = 20;

/** Leases that wait for the batch that takes them. */
interface Waiting {
  readonly leases: readonly HeldLease[];
  readonly expectedRows: number | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The leases of one opening of a catalog. Those that are wanted while a batch of them runs share the next one. */
export class CatalogLeases implements Leases {
  readonly #scope: LeaseScope;
  readonly #entropy: CatalogContext["entropy"];
  #waiting: Waiting[] = [];
  #taking = false;
  /** Leases whose file is not on record yet. */
  readonly #unrecorded = new Set<HeldLease>();
  #isRecording = false;

  /** No lease is taken yet. */
  constructor({ entropy, processes, ttlMs = DEFAULT_LEASE_TTL_MS, ...context }: LeaseOptions) {
    this.#entropy = entropy;
    const holder = JSON.stringify(holderFields(processes.self()));
    this.#scope = { ...context, ttlMs, holder, unrecorded: this.#unrecorded, recordSoon: () => this.#recordSoon() };
  }

  async acquire(requests: readonly LeaseRequest[], { expectedRows }: AcquireOptions = {}): Promise<readonly Lease[]> {
    if (requests.length === 0) return [];
    const leases = requests.map(
      (request) => new HeldLease(this.#scope, this.#entropy.nonce(), { ...request, expectedRows }),
    );
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ leases, expectedRows, resolve, reject });
      if (!this.#taking) void this.#takeAll();
    });
    new LeaseTimer(this.#scope, leases).start();
    return leases;
  }

  async #takeAll(): Promise<void> {
    this.#taking = true;
    // Those who want one in the same moment come along.
    await undefined;
    while (this.#waiting.length > 0) {
      const all = this.#waiting;
      this.#waiting = [];
      try {
        const statements = insertLeases(all.flatMap(({ leases }) => leases.map((lease) => lease.take())));
        const [{ expectedRows } = {}] = all;
        await this.#scope.sql.batch([...this.#identities(), ...statements], { durable: false, expectedRows });
        for (const { resolve } of all) resolve();
      } catch (error) {
        for (const { reject } of all) reject(error);
      }
    }
    this.#taking = false;
  }

  /** Records the files of leases that are held still in a moment, unless somebody else's batch takes that along. */
  #recordSoon(): void {
    if (this.#isRecording) return;
    this.#isRecording = true;
    const { sql, clock, logger } = this.#scope;
    const recorded = clock.sleep(IDENTITY_DELAY_MS, undefined, { background: true }).then(async () => {
      this.#isRecording = false;
      const statements = this.#identities();
      if (statements.length > 0) await sql.batch(statements, { durable: false });
    });
    recorded.catch((error: unknown) => {
      logger.log("warn", "Could not record the files of leases", { error: String(error) });
    });
  }

  #identities(): readonly SqlStatement[] {
    const statements = [...this.#unrecorded].flatMap((lease) => lease.record());
    this.#unrecorded.clear();
    return statements;
  }
}

function holderFields(holder: ProcessIdentity): Readonly<Record<string, string | number | null>> {
  const { host, bootId, pid, startedAt } = holder;
  return { host, boot_id: bootId, pid, started_at: startedAt };
}

/** What the leases of an opening share. */
interface LeaseScope extends Pick<CatalogContext, "sql" | "clock" | "logger"> {
  readonly ttlMs: number;
  readonly holder: string;
  readonly unrecorded: Set<HeldLease>;
  /** Has {@link unrecorded} recorded in a moment. */
  recordSoon(): void;
}

/** Why leases are not renewed any more; made once, as there are many of them. */
const ENDED = new Error("the leases have ended");

/**
 * Gives leases that were taken together more time, until the last of them ends. It has a timer of its own: in workerd
 * nobody may stop that of another request.
 */
class LeaseTimer {
  readonly #scope: LeaseScope;
  readonly #held: Set<HeldLease>;
  readonly #ended = new AbortController();

  constructor(scope: LeaseScope, leases: readonly HeldLease[]) {
    this.#scope = scope;
    this.#held = new Set(leases);
    for (const lease of leases) lease.onEnd = () => this.#remove(lease);
  }

  start(): void {
    const { clock, ttlMs } = this.#scope;
    clock.sleep(ttlMs / 2, this.#ended.signal, { background: true }).then(
      () => this.#renew(),
      () => undefined,
    );
  }

  #remove(lease: HeldLease): void {
    this.#held.delete(lease);
    if (this.#held.size === 0) this.#ended.abort(ENDED);
  }

  async #renew(): Promise<void> {
    if (this.#held.size === 0) return;
    const { sql, logger } = this.#scope;
    try {
      await sql.batch(
        [...this.#held].map((lease) => lease.extend()),
        { durable: false },
      );
    } catch (error) {
      const [first] = this.#held;
      logger.log("warn", "Could not renew leases", { uri: first?.uri ?? null, error: String(error) });
    }
    if (this.#held.size > 0) this.start();
  }
}

class HeldLease implements Lease {
  readonly id: string;
  readonly uri: LeaseRequest["uri"];
  readonly #scope: LeaseScope;
  readonly #request: LeaseRequest & AcquireOptions;
  #hasEnded = false;
  #identity: string | null | undefined;
  #isRecognized = false;
  /** Called once, when it has ended. */
  onEnd: () => void = () => undefined;

  constructor(scope: LeaseScope, id: string, request: LeaseRequest & AcquireOptions) {
    this.#scope = scope;
    this.#request = request;
    this.id = id;
    this.uri = request.uri;
  }

  take(): NewLease {
    const { holder, ttlMs } = this.#scope;
    return { ...this.#request, id: this.id, holder, now: this.#now(), expiresAt: this.#now(ttlMs) };
  }

  extend(): SqlStatement {
    return extendLease(this.id, this.#now(this.#scope.ttlMs));
  }

  identify(identity: string | null | undefined): void {
    this.#identity = identity;
    if (identity === null || identity === undefined) {
      this.#scope.unrecorded.delete(this);
      return;
    }
    this.#scope.unrecorded.add(this);
    this.#scope.recordSoon();
  }

  record(): readonly SqlStatement[] {
    const identity = this.#identity;
    return identity === null || identity === undefined ? [] : [setLeaseIdentity(this.id, identity)];
  }

  recognize(): void {
    this.#isRecognized = true;
  }

  ending(unless?: Condition): readonly SqlStatement[] {
    // A name that tells whose the bytes are needs no line, and without a hash nobody could tell them from others later.
    const isOurs = typeof this.#identity === "string" || this.#isRecognized;
    const isNoted = isOurs && this.#request.sha256 !== null;
    const noted = isNoted ? [insertPlaced(this.id)] : [];
    return [...noted, ...this.#abandoning(unless), deleteLease(this.id)];
  }

  #abandoning(unless: Condition | undefined): readonly SqlStatement[] {
    const identity = this.#identity;
    if (identity === undefined || unless === undefined) return [];
    return [recordAbandoned({ ...this.#request, id: this.id, identity, unless }, this.#now())];
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#scope.unrecorded.delete(this);
    this.onEnd();
  }

  async release(): Promise<void> {
    if (this.#hasEnded) return;
    this.end();
    try {
      // Whether rows name what was placed is asked of an index.
      const expectedRows = this.#identity === undefined ? this.#request.expectedRows : undefined;
      // Whether the bytes came as far as their place is not certain: only their identity tells that they are ours.
      const statements = [...this.#abandoning(ANYWAY), deleteLease(this.id)];
      await this.#scope.sql.batch(statements, { durable: false, expectedRows });
    } catch (error) {
      this.#warn("Could not end a lease; it ends when its time is over", error);
    }
  }

  #warn(message: string, error: unknown): void {
    this.#scope.logger.log("warn", message, { uri: this.uri, error: String(error) });
  }

  #now(laterMs = 0): Timestamp {
    return formatTimestamp(this.#scope.clock.now() + laterMs);
  }
}
