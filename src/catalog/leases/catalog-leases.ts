import { formatTimestamp, type Timestamp } from "../../core/timestamp.ts";
import type { ProcessIdentity } from "../../ports/process.ts";
import type { SqlStatement } from "../../ports/sql.ts";
import type { CatalogContext } from "../context.ts";
import type { Lease, LeaseRequest, Leases } from "./lease.ts";
import {
  ANYWAY,
  type Condition,
  deleteLease,
  extendLease,
  insertLease,
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

/** Leases that wait for the batch that takes them. */
interface Waiting {
  readonly leases: readonly HeldLease[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The leases of one opening of a catalog. Those that are wanted while a batch of them runs share the next one. */
export class CatalogLeases implements Leases {
  readonly #scope: LeaseScope;
  readonly #entropy: CatalogContext["entropy"];
  #waiting: Waiting[] = [];
  #taking = false;

  /** No lease is taken yet. */
  constructor({ entropy, processes, ttlMs = DEFAULT_LEASE_TTL_MS, ...context }: LeaseOptions) {
    this.#entropy = entropy;
    this.#scope = { ...context, ttlMs, holder: JSON.stringify(holderFields(processes.self())) };
  }

  async acquire(requests: readonly LeaseRequest[]): Promise<readonly Lease[]> {
    if (requests.length === 0) return [];
    const leases = requests.map((request) => new HeldLease(this.#scope, this.#entropy.nonce(), request));
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ leases, resolve, reject });
      if (!this.#taking) void this.#takeAll();
    });
    for (const lease of leases) lease.keep();
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
        const statements = all.flatMap(({ leases }) => leases.map((lease) => lease.take()));
        await this.#scope.sql.batch(statements, { durable: false });
        for (const { resolve } of all) resolve();
      } catch (error) {
        for (const { reject } of all) reject(error);
      }
    }
    this.#taking = false;
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
}

/** Why a lease is not renewed any more; made once, as there is one for each lease. */
const ENDED = new Error("the lease has ended");

class HeldLease implements Lease {
  readonly id: string;
  readonly uri: LeaseRequest["uri"];
  readonly #scope: LeaseScope;
  readonly #request: LeaseRequest;
  readonly #renewing = new AbortController();
  #identity: string | null | undefined;

  constructor(scope: LeaseScope, id: string, request: LeaseRequest) {
    this.#scope = scope;
    this.#request = request;
    this.id = id;
    this.uri = request.uri;
  }

  take(): SqlStatement {
    const { holder } = this.#scope;
    return insertLease(this.id, this.#request, { holder, now: this.#now(), expiresAt: this.#now(this.#scope.ttlMs) });
  }

  /** Renews it until it ends. Each lease has its own timer: in workerd nobody may stop that of another request. */
  keep(): void {
    const { clock, ttlMs } = this.#scope;
    clock.sleep(ttlMs / 2, this.#renewing.signal, { background: true }).then(
      () => this.#renew(),
      () => undefined,
    );
  }

  identify(identity: string | null | undefined): void {
    this.#identity = identity;
    if (identity === null || identity === undefined) return;
    const recorded = this.#scope.sql.batch([setLeaseIdentity(this.id, identity)], { durable: false });
    recorded.catch((error: unknown) => this.#warn("Could not record the file of a lease", error));
  }

  ending(unless?: Condition): readonly SqlStatement[] {
    const identity = this.#identity;
    if (identity === undefined || unless === undefined) return [deleteLease(this.id)];
    const place = { ...this.#request, id: this.id, identity, unless };
    return [recordAbandoned(place, this.#now()), deleteLease(this.id)];
  }

  end(): void {
    this.#renewing.abort(ENDED);
  }

  async release(): Promise<void> {
    if (this.#renewing.signal.aborted) return;
    this.end();
    try {
      await this.#scope.sql.batch(this.ending(ANYWAY), { durable: false });
    } catch (error) {
      this.#warn("Could not end a lease; it ends when its time is over", error);
    }
  }

  async #renew(): Promise<void> {
    if (this.#renewing.signal.aborted) return;
    try {
      await this.#scope.sql.batch([extendLease(this.id, this.#now(this.#scope.ttlMs))], { durable: false });
    } catch (error) {
      this.#warn("Could not renew a lease", error);
    }
    if (!this.#renewing.signal.aborted) this.keep();
  }

  #warn(message: string, error: unknown): void {
    this.#scope.logger.log("warn", message, { uri: this.uri, error: String(error) });
  }

  #now(laterMs = 0): Timestamp {
    return formatTimestamp(this.#scope.clock.now() + laterMs);
  }
}
