import type { DuplicateGroup, DuplicatesReport } from "../../../catalog/dedup/find-duplicates.ts";
import type { CommandInput } from "../../arguments/command-line.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { formatCount, formatExactSize } from "../../output/human-text.ts";
import type { Block } from "../../output/part.ts";
import type { DEFINITION } from "./definition.ts";
import { duplicatesPart, shareBlocks, shareItem } from "./view.ts";

/** Lists groups of documents with the same bytes. */
export async function* run(context: CommandContext, { flags }: CommandInput<typeof DEFINITION>): CommandRun {
  const catalog = await context.openCatalog("read");
  const report = await catalog.reportDuplicates({
    minBytes: flags["min-size"],
    limit: flags.limit,
    signal: context.signal,
  });
  const { groups, total } = report;
  if (groups.length > 0) yield duplicatesPart(groups);
  const [first] = groups;
  const lines = describe(total);
  return {
    exitCode: EXIT.done,
    summary: {
      groups: total.groups,
      documents: total.documents,
      reclaimable_bytes: total.reclaimableBytes,
      dedup_bytes: total.dedupBytes,
      may_share_blocks: total.mayShareBlocks,
      by_resolver: report.byResolver.map(shareItem),
      by_content_type: report.byContentType.map(shareItem),
    },
    blocks: (style) => [...shareBlocks(report, style), ...lines.map((text): Block => ({ block: "line", text }))],
    next: nextOf(first, total),
  };
}

/** The command that does something about it, or that shows the first group. */
function nextOf(first: DuplicateGroup | undefined, { dedupBytes }: DuplicatesReport["total"]): string {
  if (first === undefined) return "stats";
  return dedupBytes > 0 ? "dedup" : `where ${first.sha256.slice(0, 12)}`;
}

function describe(total: DuplicatesReport["total"]): readonly string[] {
  const { groups, documents, reclaimableBytes, dedupBytes, mayShareBlocks } = total;
  if (groups === 0) return ["No documents share their bytes."];
  const what = `${formatCount(groups, "group")} with ${formatCount(documents, "document")}`;
  if (reclaimableBytes === 0) return [`${what}; the bytes of each are stored once.`];
  const most = mayShareBlocks ? "at most " : "";
  const line = `${what}; storing each once would free ${most}${formatExactSize(reclaimableBytes)}.`;
  const ofThat = `Of that catalog dedup could free ${most}${formatExactSize(dedupBytes)}: the rest is not under the root.`;
  const lines = dedupBytes > 0 && dedupBytes < reclaimableBytes ? [line, ofThat] : [line];
  return mayShareBlocks ? [...lines, "Files may share blocks of the disk already, which cannot be seen."] : lines;
}
