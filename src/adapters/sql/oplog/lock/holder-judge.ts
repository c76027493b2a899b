import type { Clock } from "../../../../ports/clock.ts";
import type { ProcessTable } from "../../../../ports/process.ts";
import { signPath } from "./lock-file.ts";
import type { LockHolder } from "./lock-holder.ts";

/** What a {@link HolderJudge} works with. */
export interface HolderJudgeOptions {
  /** The path of the lock. */
  readonly lock: string;
  /** Tells how old a heartbeat is. */
  readonly clock: Clock;
  /** Tells who is gone for certain. */
  readonly processes: ProcessTable;
  /** A holder that was not heard of for so long is dead. */
  readonly silentForMs: number;
  /** Nonces of locks that this process released, and of which something could not be removed. */
  readonly abandoned: ReadonlySet<string>;
}

/** A lock in which nothing stands yet was created a moment ago, or its creator is gone. */
const UNFINISHED_FOR_MS = 3000;
/** How often who waits asks for the sign of the same holder. */
const ASK_EVERY_MS = 100;

/** Judges whether those are dead who hold a lock. */
export class HolderJudge {
  readonly #options: HolderJudgeOptions;
  #asked: { readonly nonce: string; readonly atMs: number } | undefined;

  /** Asks nobody yet. */
  constructor(options: HolderJudgeOptions) {
    this.#options = options;
  }

  /** Whether a holder is dead, or was silent for so long that it is taken for dead. */
  async isDead(holder: LockHolder): Promise<boolean> {
    const { processes, clock, silentForMs, abandoned } = this.#options;
    const { nonce, identity, heartbeatMs } = holder;
    if (abandoned.has(nonce) || processes.isAlive(identity) === false) return true;
    // What was written in the future was written before the clock was set back.
    if (Math.abs(clock.now() - heartbeatMs) > (nonce === "" ? UNFINISHED_FOR_MS : silentForMs)) return true;
    return holder.sign && this.#signIsGone(holder);
  }

  async #signIsGone({ nonce, identity }: LockHolder): Promise<boolean> {
    const { lock, clock, processes } = this.#options;
    const { lifeSigns } = processes;
    // On another machine its socket looks dead from here.
    if (lifeSigns === undefined || identity.bootId === null || identity.bootId !== processes.self().bootId)
      return false;
    const nowMs = clock.monotonicMs();
    if (this.#asked?.nonce === nonce && nowMs - this.#asked.atMs < ASK_EVERY_MS) return false;
    this.#asked = { nonce, atMs: nowMs };
    return lifeSigns.isGone(signPath(lock, nonce));
  }
}
