import { redactSecrets } from "../../../core/settings.ts";
import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";

/** Creates the catalog, or opens the one that is there. */
export async function* run(context: CommandContext): CommandRun {
  const { settings } = await context.loadSettings();
  const path = settings.catalog === false ? "" : redactSecrets(settings.catalog.path);
  const existed = path !== "" && (await context.host.fs.stat(path)) !== undefined;
  const catalog = await context.openCatalog("create");
  const { documents, schemaVersion } = await catalog.stats({ signal: context.signal });
  const text = existed
    ? `The catalog ${path} is there already, with ${documents} documents.`
    : `Created the catalog ${path}.`;
  return {
    exitCode: EXIT.done,
    summary: { path, created: !existed, documents, catalog_schema_version: schemaVersion },
    blocks: () => [{ block: "line", text }],
    next: documents === 0 ? "import-manifest PATH" : "stats",
  };
}
