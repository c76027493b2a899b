import { SETTING_KEYS, type SettingValue } from "../../../core/settings/setting-keys.ts";
import { redactSecrets } from "../../../core/settings.ts";
import type { LoadedSettings } from "../../settings/load-settings.ts";

/** One line of `catalog config`. */
export interface SettingRow {
  /** The key path, or `catalog` for a catalog that is disabled. */
  readonly key: string;
  /** Without secrets. */
  readonly value: SettingValue;
  /** Where the value came from. */
  readonly origin: string;
  readonly description: string;
}

/** The effective settings for people, in the order of the documentation and without secrets. */
export function describeSettings({ settings, origins }: LoadedSettings): readonly SettingRow[] {
  return [...origins].map(([path, origin]) => {
    const key = SETTING_KEYS.find((candidate) => candidate.path === path);
    const section: Readonly<Record<string, SettingValue>> = { ...(key && settings[key.section]) };
    const value = key === undefined ? false : (section[key.field] ?? null);
    return {
      key: path,
      value: typeof value === "string" ? redactSecrets(value) : value,
      origin: redactSecrets(origin),
      description: key?.description ?? "Files are placed, and nothing is registered.",
    };
  });
}
