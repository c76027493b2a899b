import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isAbsolutePath } from "../../core/path.ts";
import type { PlanAction, PlanFoot, PlanHead } from "../../core/plan/plan-action.ts";
import {
  isPlanAction,
  isPlanFoot,
  isReasonOf,
  parsePlanAction,
  parsePlanFoot,
  parsePlanHead,
} from "../../core/plan/plan-lines.ts";
import type { Sha256 } from "../../core/sha256.ts";
import type { BlobStore } from "../../ports/blob-store.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import type { HashStream } from "../../ports/hasher.ts";
import type { SqlEngine } from "../../ports/sql.ts";
import type { Hashers } from "../context.ts";
import { endsPath } from "../files/real-folders.ts";
import { findCatalogId } from "../meta/catalog-id.ts";
import { selectMeta } from "../meta/meta-statements.ts";
import type { Plan } from "./plan.ts";
import { planError } from "./plan-error.ts";
import { blocksOf, type PlanBlock, type PlanTextLine } from "./plan-text.ts";
import { findForbidden } from "./planned-place.ts";

/** What {@link readPlan} works with. */
export interface ReadPlanContext {
  /** The catalog that is to do what the plan says. */
  readonly sql: SqlEngine;
  /** Its root. */
  readonly store: Pick<BlobStore, "root" | "findKey" | "uriOf">;
  /** Tells whether two paths are one root. */
  readonly fs: Pick<FileSystem, "stat">;
  /** What computes the seal. */
  readonly hashers: Pick<Hashers, "core">;
}

/**
 * Reads a plan that was written, and checks all of it: the seal, the counts, each line, and whether this catalog may do
 * what it says. It is not held in memory: `open` gives the text anew with each call, in pieces of any size, and no action
 * is given before the text around it was seen to be what was checked.
 * @throws {CatalogError} REFUSED (`plan`) for one that is cut, edited, of another version, catalog or root, that is
 * ahead of the catalog, or that names what no plan may name; from {@link Plan.actions}, too, if the text was changed
 */
export async function readPlan(context: ReadPlanContext, open: () => AsyncIterable<string>): Promise<Plan> {
  const { core: hasher } = context.hashers;
  const check = new PlanCheck(context, await hasher.create());
  const digests: Sha256[] = [];
  for await (const { lines, sha256 } of blocksOf(open(), hasher)) {
    for (const line of lines) await check.take(line);
    digests.push(sha256);
  }
  const { head, foot } = check.end();
  const { actions: size, bytes } = foot;
  return { head, size, bytes, actions: () => readAgain(blocksOf(open(), hasher), digests) };
}

async function* readAgain(
  blocks: AsyncIterable<PlanBlock>,
  digests: readonly Sha256[],
): AsyncGenerator<PlanAction, void, undefined> {
  let at = 0;
  for await (const { lines, sha256 } of blocks) {
    if (sha256 !== digests[at]) throw changedSince();
    at += 1;
    for (const { text } of lines) if (isPlanAction(text)) yield parsePlanAction(text);
  }
  if (at < digests.length) throw changedSince();
}

function changedSince(): Error {
  return planError("it was changed since it was read");
}

/** Checks line after line. */
class PlanCheck {
  readonly #context: ReadPlanContext;
  readonly #seal: HashStream;
  #head: PlanHead | undefined;
  #foot: PlanFoot | undefined;
  #actions = 0;
  #bytes = 0;

  /** `seal` has taken nothing yet. */
  constructor(context: ReadPlanContext, seal: HashStream) {
    this.#context = context;
    this.#seal = seal;
  }

  async take(line: PlanTextLine): Promise<void> {
    if (this.#foot !== undefined) throw planError(`there is text behind its end, on line ${line.number}`);
    if (this.#head === undefined) {
      this.#head = parse(line, parsePlanHead);
      await refuseStranger(this.#context, this.#head);
    } else if (isPlanFoot(line.text)) {
      this.#foot = parse(line, parsePlanFoot);
      return this.#requireSeal(this.#foot);
    } else this.#takeAction(line, this.#head);
    await this.#seal.update(line.bytes);
  }

  end(): { readonly head: PlanHead; readonly foot: PlanFoot } {
    if (this.#head === undefined) throw planError("it is empty");
    if (this.#foot === undefined) throw planError("it is cut off: its last line is missing");
    return { head: this.#head, foot: this.#foot };
  }

  #takeAction(line: PlanTextLine, { verb }: PlanHead): void {
    const action = parse(line, parsePlanAction);
    if (!isReasonOf(verb, action.reason)) {
      throw planError(`line ${line.number}: a plan of ${verb} does nothing as ${action.reason}`);
    }
    const reason = findForbidden(this.#context.store, action);
    if (reason !== undefined) throw planError(`line ${line.number}: ${quote(action.uri)} ${reason}`);
    this.#actions += 1;
    this.#bytes += action.bytes;
  }

  async #requireSeal({ actions, bytes, sha256 }: PlanFoot): Promise<void> {
    const isWhole = actions === this.#actions && bytes === this.#bytes && sha256 === (await this.#seal.digest());
    if (!isWhole) throw planError("it was edited, or lines are missing: its end does not fit what is before it");
  }
}

function parse<Line>({ text, number }: PlanTextLine, parseLine: (text: string) => Line): Line {
  try {
    return parseLine(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw planError(`line ${number}: ${error.message}`);
    throw error;
  }
}

/** What {@link refuseStranger} works with. */
export type RefuseStrangerContext = Pick<ReadPlanContext, "sql" | "store" | "fs">;

/**
 * Passes when this catalog made a plan, for this root, and not in a time that it does not remember.
 * @throws {CatalogError} REFUSED (`plan`)
 */
export async function refuseStranger(context: RefuseStrangerContext, head: PlanHead): Promise<void> {
  const { sql, store } = context;
  // What anybody committed before is to be seen by what follows.
  await sql.query(selectMeta("catalog_id"), { fresh: true });
  const id = await findCatalogId(sql);
  if (head.catalogId !== id) {
    throw planError(`catalog ${head.catalogId} made it, and this one is ${id ?? "without an id"}`, USE_OTHERS);
  }
  if (!(await isOneRoot(context, head.root))) {
    throw planError(`it is for the root ${quote(head.root)}, and this one is ${quote(store.root)}`, USE_OTHERS);
  }
  const { sequence } = await sql.describe();
  if (head.sequence <= sequence) return;
  const what = `the catalog had ${head.sequence} commits when it was made, and has ${sequence}, as one from a backup`;
  throw planError(what, "Make a new plan with the catalog as it is.");
}

const USE_OTHERS = "Name the catalog and the root that it is for with --catalog and --root, or make a new plan.";

/** Whether a path leads to the root of the store, as through a symlink or another mount. */
async function isOneRoot({ fs, store }: RefuseStrangerContext, root: string): Promise<boolean> {
  if (root === store.root) return true;
  if (!isAbsolutePath(root) || !isAbsolutePath(store.root)) return false;
  try {
    const [one, other] = [await fs.stat(root), await fs.stat(store.root)];
    return one !== undefined && one.identity === other?.identity;
  } catch (error) {
    if (endsPath(error)) return false;
    throw asCatalogError(error, { verb: "look at", path: root });
  }
}
