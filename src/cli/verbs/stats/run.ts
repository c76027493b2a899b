import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { statsBlocks, statsFields } from "./view.ts";

/** Shows figures about the whole catalog. */
export async function* run(context: CommandContext): CommandRun {
  const catalog = await context.openCatalog("read");
  const figures = await catalog.stats({ signal: context.signal });
  return {
    exitCode: EXIT.done,
    summary: statsFields(figures),
    blocks: () => statsBlocks(figures),
    next: figures.documents === 0 ? "import-manifest PATH" : "dedup-report",
  };
}
