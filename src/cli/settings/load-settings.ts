import { SETTING_KEYS, type SettingValue } from "../../core/settings/setting-keys.ts";
import {
  completeSettings,
  parseSettingValues,
  resolveSettingPath,
  resolveSettings,
  type Settings,
} from "../../core/settings.ts";
import type { FileSystem } from "../../ports/file-system.ts";
import { type ConfigFile, readConfigFile } from "./config-file.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { readFlags, type SettingFlags } from "./flags.ts";
import type { SettingLayer } from "./setting-layer.ts";

/** Everything that settings can come from. */
export interface LoadSettingsOptions {
  readonly fs: FileSystem;
  /** Absolute; what relative paths of the environment and of flags start from. */
  readonly cwd: string;
  /** `undefined` where the runtime may not read it. */
  readonly env: Environment;
  /** `--config FILE` */
  readonly configPath?: string | undefined;
  readonly flags: SettingFlags;
}

/** The effective settings, and where each one came from. */
export interface LoadedSettings {
  /** With absolute paths. */
  readonly settings: Settings;
  /**
   * By key path: `default`, `file <path>`, `environment <variable>` or `flag <flag>`. A disabled catalog has the one
   * entry `catalog`.
   */
  readonly origins: ReadonlyMap<string, string>;
  /** The file that was read, absolute. */
  readonly configPath: string | undefined;
}

/** Whoever names these needs no configuration file. */
const PLACES = ["catalog.path", "storage.root_dir"];

/**
 * Reads the settings of file, environment and flags; later ones win, key by key. A source that sets a key of the
 * catalog enables a catalog that an earlier one disabled.
 * @throws {CatalogError} CONFIGURATION when a source cannot be used; what the file system says when it cannot be read
 */
export async function loadSettings(options: LoadSettingsOptions): Promise<LoadedSettings> {
  const { cwd } = options;
  const layers = [readEnvironment(options.env, cwd), readFlags(options.flags, cwd)];
  const named = new Set(layers.flatMap(({ values }) => [...values.keys()]));
  const file = await readConfigFile({ ...options, dispensable: PLACES.every((place) => named.has(place)) });
  if (file !== undefined) layers.unshift(fileLayer(file));
  const { values, origins } = mergeLayers(layers);
  const settings = resolveSettings(completeSettings(values, origins), cwd);
  return { settings, origins: completeOrigins(settings, origins), configPath: file?.path };
}

function fileLayer({ path, folder, content }: ConfigFile): SettingLayer {
  const origin = `file ${path}`;
  const values = new Map<string, SettingValue>(parseSettingValues(content, origin));
  for (const key of SETTING_KEYS) {
    const value = values.get(key.path);
    if (key.kind === "path" && typeof value === "string") values.set(key.path, resolveSettingPath(folder, value));
  }
  return { values, origins: new Map([...values.keys()].map((path) => [path, origin])) };
}

/** Lower layers first. */
function mergeLayers(layers: readonly SettingLayer[]): SettingLayer {
  const values = new Map<string, SettingValue>();
  const origins = new Map<string, string>();
  for (const layer of layers) {
    const paths = [...layer.values.keys()];
    // A key of the catalog speaks for it, unless the same source says outright that there is none.
    if (paths.some((path) => path.startsWith("catalog."))) values.set("catalog", true);
    for (const [path, value] of layer.values) values.set(path, value);
    for (const [path, origin] of layer.origins) origins.set(path, origin);
  }
  return { values, origins };
}

function completeOrigins(settings: Settings, origins: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const complete = new Map<string, string>();
  for (const key of SETTING_KEYS) {
    if (settings[key.section] !== false) complete.set(key.path, origins.get(key.path) ?? "default");
  }
  if (settings.catalog === false) complete.set("catalog", origins.get("catalog") ?? "default");
  return complete;
}
