import { quote } from "../../core/messages/quote.ts";
import type { SettingKey, SettingValue } from "../../core/settings/setting-keys.ts";
import { acceptsValue, resolveSettingPath, type SettingProblem, wrongValue } from "../../core/settings.ts";

/** What one source of settings says. Higher layers win over lower ones, key by key. */
export interface SettingLayer {
  /** By key path; `catalog` with `false` or `true` where the source disables or enables the catalog. */
  readonly values: ReadonlyMap<string, SettingValue>;
  /** Where each value came from, by key path. */
  readonly origins: ReadonlyMap<string, string>;
}

/** A {@link SettingLayer} in the making, with what is wrong so far. */
export interface LayerDraft {
  readonly values: Map<string, SettingValue>;
  readonly origins: Map<string, string>;
  readonly problems: SettingProblem[];
}

/** A text that is to become a value. */
export interface SettingText {
  /** As messages name it, for example the environment variable. */
  readonly subject: string;
  readonly text: string;
  readonly origin: string;
  /** What a relative path starts from. */
  readonly folder: string;
}

/** An empty {@link LayerDraft}. */
export function draftLayer(): LayerDraft {
  return { values: new Map(), origins: new Map(), problems: [] };
}

/** Reads a truth value as people write it; `undefined` if it is none. */
export function readSwitch(text: string): boolean | undefined {
  if (/^(?:true|1|yes|on)$/i.test(text.trim())) return true;
  return /^(?:false|0|no|off)$/i.test(text.trim()) ? false : undefined;
}

/** The value that `text` stands for; `text` itself where it stands for none of that kind. */
function coerce(key: SettingKey, text: string): SettingValue {
  if (key.kind === "boolean") return readSwitch(text) ?? text;
  if (key.kind === "number") {
    return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : text;
  }
  return text === "" && acceptsValue(key, null) ? null : text;
}

/** Adds the value of `key` that a text stands for to `draft`, or the problem with it. */
export function addText(draft: LayerDraft, key: SettingKey, source: SettingText): void {
  const value = coerce(key, source.text);
  if (!acceptsValue(key, value)) {
    draft.problems.push(wrongValue(key, source.subject, source.text));
    return;
  }
  const isPath = key.kind === "path" && typeof value === "string";
  draft.values.set(key.path, isPath ? resolveSettingPath(source.folder, value) : value);
  draft.origins.set(key.path, source.origin);
}

/** Adds whether the catalog is enabled to `draft`, or the problem with the text that says so. */
export function addCatalogSwitch(draft: LayerDraft, source: SettingText): void {
  const enabled = readSwitch(source.text);
  if (enabled === undefined) {
    const text = `${source.subject} is ${quote(source.text, 100)}, expected true or false`;
    draft.problems.push({ key: "catalog", text });
    return;
  }
  draft.values.set("catalog", enabled);
  draft.origins.set("catalog", source.origin);
}
