import type { CommandContext, CommandRun } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { describeSettings } from "./describe-settings.ts";
import { settingsPart } from "./view.ts";

/** Shows the effective settings and where each came from. */
export async function* run(context: CommandContext): CommandRun {
  const loaded = await context.loadSettings();
  const rows = describeSettings(loaded);
  yield settingsPart(rows);
  const from = loaded.configPath ?? null;
  return {
    exitCode: EXIT.done,
    summary: { config_path: from, settings: rows.length },
    blocks: () => [{ block: "advice", text: from === null ? "No configuration file." : `Configuration file: ${from}` }],
    next: "init",
  };
}
