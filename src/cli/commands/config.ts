import type { CommandContext, CommandRun } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import type { Part } from "../output/part.ts";
import { describeSettings, type SettingRow } from "../settings/describe-settings.ts";

/** Shows the effective settings and where each came from. */
export async function* config(context: CommandContext): CommandRun {
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

function settingsPart(rows: readonly SettingRow[]): Part {
  return {
    items: () => rows.map((row) => ({ type: "setting", ...row })),
    blocks: ({ verbose }) => [
      {
        block: "table",
        columns: [
          { title: "KEY" },
          { title: "VALUE", shrink: true },
          { title: "ORIGIN", shrink: true },
          ...(verbose ? [{ title: "MEANING" }] : []),
        ],
        rows: rows.map(({ key, value, origin, description }) => [
          key,
          value === null ? "-" : String(value),
          origin,
          ...(verbose ? [description] : []),
        ]),
      },
    ],
  };
}
