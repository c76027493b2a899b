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
  const mayShareBlocks = groups.some((group) => group.mayShareBlocks);
  const [first] = groups;
  const lines = describe({ groups: groups.length, documents, reclaimableBytes, mayShareBlocks });
  return {
    exitCode: EXIT.done,
    summary: {
      groups: groups.length,
      documents,
      reclaimable_bytes: reclaimableBytes,
      may_share_blocks: mayShareBlocks,
    },
    blocks: () => lines.map((text) => ({ block: "line", text })),
    next: first === undefined ? "stats" : `where ${first.sha256.slice(0, 12)}`,
  };
}

function describe(found: {
  readonly groups: number;
  readonly documents: number;
  readonly reclaimableBytes: number;
  readonly mayShareBlocks: boolean;
}): readonly string[] {
  const { groups, documents, reclaimableBytes, mayShareBlocks } = found;
  if (groups === 0) return ["No documents share their bytes."];
  const what = `${formatCount(groups, "group")} with ${formatCount(documents, "document")}`;
  if (reclaimableBytes === 0) return [`${what}; the bytes of each are stored once.`];
  const most = mayShareBlocks ? "at most " : "";
  const line = `${what}; storing each once would free ${most}${formatExactSize(reclaimableBytes)}.`;
  return mayShareBlocks ? [line, "Files may share blocks of the disk already, which cannot be seen."] : [line];
}
