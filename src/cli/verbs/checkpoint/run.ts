import { redactSecrets } from "../../../core/settings.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { formatSize } from "../../output/human-text.ts";

/** Brings the log into the catalog file. */
export async function* run(context: CommandContext): CommandRun {
  const catalog = await context.openCatalog("write");
  const { settings } = await context.loadSettings();
  const path = settings.catalog === false ? "" : redactSecrets(settings.catalog.path);
  const { batches, logBytes, sizeBytes } = await catalog.checkpoint();
  const size = formatSize(sizeBytes);
  const commits = batches === 1 ? "1 commit" : `${batches} commits`;
  const text =
    logBytes === 0
      ? `The catalog ${path} is one file already (${size}).`
      : `Brought ${commits} from the log (${formatSize(logBytes)}) into the catalog ${path}: it is one file now (${size}).`;
  return {
    exitCode: EXIT.done,
    summary: { path, batches, log_bytes: logBytes, catalog_bytes: sizeBytes },
    blocks: () => [{ block: "line", text }],
  };
}
