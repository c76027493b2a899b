import type { FileActionKind, PlanAction } from "../../../core/plan/plan-action.ts";
import { formatCount } from "../../output/human-text.ts";

/** What is done, as people say it: what would be, and what was. */
const KINDS = {
  delete: { would: "delete", did: "deleted", noun: "file", end: "" },
  trash: { would: "move", did: "moved", noun: "file", end: " to the trash" },
  drop_staged: { would: "delete", did: "deleted", noun: "staged file", end: "" },
  empty_folder: { would: "remove", did: "removed", noun: "empty folder", end: "" },
  give_back: { would: "give back", did: "gave back", noun: "file", end: "" },
  share: { would: "share", did: "shared", noun: "file", end: "" },
} as const;

type Kind = keyof typeof KINDS;

/** Counts the lines of a plan by what they do. */
export class ActionCounts {
  readonly #counts = new Map<Kind, number>();

  #lines = 0;

  /** How many there were. */
  get lines(): number {
    return this.#lines;
  }

  /** Counts some. */
  add(actions: readonly PlanAction[]): void {
    this.#lines += actions.length;
    for (const { action, reason } of actions) {
      const kind = reason === "empty_folder" ? reason : (action as FileActionKind);
      this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    }
  }

  /** Like `delete 2 files, remove 1 empty folder`; `undefined` where there is nothing to say. */
  describe(tense: "would" | "did"): string | undefined {
    const parts = (Object.keys(KINDS) as Kind[]).flatMap((kind) => {
      const count = this.#counts.get(kind);
      const { [tense]: verb, noun, end } = KINDS[kind];
      return count === undefined ? [] : [`${verb} ${formatCount(count, noun)}${end}`];
    });
    return parts.length === 0 ? undefined : parts.join(", ");
  }
}
