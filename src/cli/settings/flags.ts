import { quote } from "../../core/messages/quote.ts";
import { SETTING_KEYS } from "../../core/settings/setting-keys.ts";
import { redactSecrets, settingsError, suggestName, unknownName } from "../../core/settings.ts";
import { addCatalogSwitch, addText, draftLayer, type LayerDraft, type SettingLayer } from "./setting-layer.ts";

/** The global flags that are settings. */
export interface SettingFlags {
  /** `--catalog FILE` */
  readonly catalog?: string | undefined;
  /** `--root DIR` */
  readonly root?: string | undefined;
  /** Every `--set KEY=VALUE`, in order; of two for one key the last one counts. */
  readonly set: readonly string[];
}

/**
 * Reads the settings that flags give.
 * @throws {CatalogError} CONFIGURATION, with every flag that cannot be used or contradicts another one
 */
export function readFlags(flags: SettingFlags, cwd: string): SettingLayer {
  const draft = draftLayer();
  for (const assignment of flags.set) addAssignment(draft, assignment, cwd);
  addNamedFlag(draft, { flag: "--catalog", text: flags.catalog, cwd });
  addNamedFlag(draft, { flag: "--root", text: flags.root, cwd });
  const [, other] = [...draft.origins].find(([path]) => path.startsWith("catalog.")) ?? [];
  if (draft.values.get("catalog") === false && other !== undefined) {
    const flag = other.replace(/^flag /, "");
    draft.problems.push({ key: "catalog", text: `--set catalog=false and ${flag} contradict each other` });
  }
  if (draft.problems.length > 0) throw settingsError("flags", draft.problems);
  return draft;
}

function addAssignment(draft: LayerDraft, assignment: string, cwd: string): void {
  const separator = assignment.indexOf("=");
  if (separator < 1) {
    const shown = quote(redactSecrets(assignment), 100);
    draft.problems.push({ text: `--set ${shown} is no assignment, expected KEY=VALUE like storage.layout=cas` });
    return;
  }
  const path = assignment.slice(0, separator);
  const source = {
    subject: `--set ${path}`,
    text: assignment.slice(separator + 1),
    origin: `flag --set ${path}`,
    folder: cwd,
  };
  const key = SETTING_KEYS.find((candidate) => candidate.path === path);
  if (key !== undefined) addText(draft, key, source);
  else if (path === "catalog") addCatalogSwitch(draft, source);
  else {
    const known = SETTING_KEYS.map((candidate) => candidate.path);
    const bare = known.find((candidate) => candidate.endsWith(`.${path}`));
    draft.problems.push(unknownName(path, bare ?? suggestName(path, known)));
  }
}

interface NamedFlag {
  readonly flag: string;
  readonly text: string | undefined;
  readonly cwd: string;
}

function addNamedFlag(draft: LayerDraft, { flag, text, cwd }: NamedFlag): void {
  const key = SETTING_KEYS.find((candidate) => candidate.flag === flag);
  if (text === undefined || key === undefined) return;
  const earlier = draft.values.get(key.path);
  addText(draft, key, { subject: flag, text, origin: `flag ${flag}`, folder: cwd });
  if (earlier === undefined || earlier === draft.values.get(key.path)) return;
  const values = `${quote(redactSecrets(String(earlier)))} and ${quote(redactSecrets(text))}`;
  draft.problems.push({ key: key.path, text: `--set ${key.path} and ${flag} differ: ${values}` });
}
