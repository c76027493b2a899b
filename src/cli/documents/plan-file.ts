import type { Catalog } from "../../catalog/catalog.ts";
import { readChunks } from "../../catalog/files/read-chunks.ts";
import type { Plan } from "../../catalog/plan/plan.ts";
import { planError } from "../../catalog/plan/plan-error.ts";
import { asCatalogError } from "../../core/messages/file-error.ts";
import { quote } from "../../core/messages/quote.ts";
import { isAbsolutePath, parentPath, resolvePath } from "../../core/path.ts";
import type { PlanAction, PlanVerb } from "../../core/plan/plan-action.ts";
import type { FileHandle } from "../../ports/file-system.ts";
import type { CommandContext } from "../command.ts";
import { UsageError } from "../exit-codes.ts";
import { LINES_AT_ONCE } from "./applied-actions.ts";

/** @throws {UsageError} when a plan that is to be written is there already */
export async function refuseExisting({ host }: CommandContext, word: string): Promise<void> {
  const path = resolvePath(host.cwd, word);
  if ((await host.fs.lstat(path)) === undefined) return;
  throw new UsageError(`Cannot write the plan ${quote(path)}: it is there already`, {
    hint: "Apply it with --apply --plan, or give another name.",
  });
}

/** Writes a plan into a new file, durable. Nobody may read it who may not read the catalog. */
export async function writePlanFile(
  context: CommandContext,
  word: string,
  lines: AsyncIterable<string>,
): Promise<void> {
  const { fs, cwd } = context.host;
  const path = resolvePath(cwd, word);
  try {
    const handle = await fs.open(path, "create", await modeOfCatalog(context));
    try {
      await writeLines(handle, lines);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.syncDirectory(parentPath(path));
  } catch (error) {
    throw asCatalogError(error, { verb: "write", path });
  }
}

/** What is written at once, in characters. */
const PIECE = 65_536;

async function writeLines(handle: FileHandle, lines: AsyncIterable<string>): Promise<void> {
  let text = "";
  for await (const line of lines) {
    text += line;
    if (text.length < PIECE) continue;
    await writeText(handle, text);
    text = "";
  }
  await writeText(handle, text);
}

async function writeText(handle: FileHandle, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.byteLength; ) at += await handle.write(bytes.subarray(at));
}

async function modeOfCatalog(context: CommandContext): Promise<number> {
  const { settings } = await context.loadSettings();
  const path = settings.catalog === false ? "" : settings.catalog.path;
  const stat = isAbsolutePath(path) ? await context.host.fs.stat(path) : undefined;
  return ((stat?.mode ?? 0) & 0o666) | 0o600;
}

/**
 * Reads a plan that a verb made.
 * @throws {CatalogError} REFUSED for one that another verb made, or that is none
 */
export async function readPlanOf(
  context: CommandContext,
  catalog: Pick<Catalog, "readPlan">,
  { word, verb }: { readonly word: string; readonly verb: PlanVerb },
): Promise<Plan> {
  const plan = await catalog.readPlan(readPlanFile(context, word));
  const { verb: other } = plan.head;
  if (other === verb) return plan;
  throw planError(`it is one of ${other}`, `Apply it with "catalog ${other} --apply --plan", or make a new plan.`);
}

/** The actions of a plan, as many together as are printed at a time. */
export async function* pagesOf(plan: Plan): AsyncGenerator<readonly PlanAction[], void, undefined> {
  let actions: PlanAction[] = [];
  for await (const action of plan.actions()) {
    actions.push(action);
    if (actions.length < LINES_AT_ONCE) continue;
    yield actions;
    actions = [];
  }
  if (actions.length > 0) yield actions;
}

/** Gives the text of a plan anew with each call. */
function readPlanFile({ host }: CommandContext, word: string): () => AsyncIterable<string> {
  const { fs } = host;
  const path = resolvePath(host.cwd, word);
  return async function* readText() {
    let handle: FileHandle | undefined;
    try {
      handle = await fs.open(path, "read");
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      for await (const chunk of readChunks(handle)) yield decoder.decode(chunk, { stream: true });
      yield decoder.decode();
    } catch (error) {
      throw asCatalogError(error, { verb: "read", path });
    } finally {
      await handle?.close();
    }
  };
}
