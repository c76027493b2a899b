import type { Part } from "../../output/part.ts";
import type { SettingRow } from "./describe-settings.ts";

/** Settings with their values and where these came from; verbose with what they mean. */
export function settingsPart(rows: readonly SettingRow[]): Part {
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
