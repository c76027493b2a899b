import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { formatCount, formatExactSize } from "../../output/human-text.ts";
import type { DEFINITION } from "./definition.ts";
import { duplicatesPart } from "./view.ts";

/** Lists groups of documents with the same bytes. */
export async function* run(context: CommandContext, { flags }: CommandInput<typeof DEFINITION>): CommandRun {
  const catalog = await context.openCatalog("read");
  const groups = await catalog.findDuplicates({
    minBytes: flags["min-size"],
    limit: flags.limit,
    signal: context.signal,
  });
  if (groups.length > 0) yield duplicatesPart(groups);
  const documents = groups.reduce((sum, { records }) => sum + records.length, 0);
  const reclaimableBytes = groups.reduce((sum, group) => sum + group.reclaimableBytes, 0);
  const [first] = groups;
  const text = `${formatCount(groups.length, "group")} with ${formatCount(documents, "document")}; storing each once would free ${formatExactSize(reclaimableBytes)}.`;
  return {
    exitCode: EXIT.done,
    summary: { groups: groups.length, documents, reclaimable_bytes: reclaimableBytes },
    blocks: () => [{ block: "line", text: first === undefined ? "No documents share their bytes." : text }],
    next: first === undefined ? "stats" : `where ${first.sha256.slice(0, 12)}`,
  };
}
