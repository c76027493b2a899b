import { SETTING_KEYS } from "../../core/settings/setting-keys.ts";
import { settingsError, suggestName, unknownName } from "../../core/settings.ts";
import { addCatalogSwitch, addText, draftLayer, type LayerDraft, type SettingLayer } from "./setting-layer.ts";

/** Environment variables; `undefined` where the runtime may not read them. */
export type Environment = Readonly<Record<string, string | undefined>> | undefined;

/** Disables the catalog when it is false. */
const CATALOG_SWITCH = "CATALOG_CATALOG";

/**
 * Reads the settings of the environment: `CATALOG_<SECTION>__<KEY>`, the part behind `CATALOG_` in any case. Other
 * names with `CATALOG_` are left alone unless they have `__`, or lack nothing but the second underscore.
 * @throws {CatalogError} CONFIGURATION, naming every variable that cannot be used
 */
export function readEnvironment(env: Environment, cwd: string): SettingLayer {
  const draft = draftLayer();
  const seen = new Map<string, string>();
  for (const [name, text] of Object.entries(env ?? {})) {
    if (text === undefined || !name.startsWith("CATALOG_")) continue;
    const variable = name.toUpperCase();
    const twin = seen.get(variable);
    if (twin !== undefined && env?.[twin] !== text) {
      draft.problems.push({ text: `${twin} and ${name} are the same setting and differ` });
      continue;
    }
    if (addVariable(draft, { name, variable, text, cwd })) seen.set(variable, name);
  }
  if (draft.problems.length > 0) throw settingsError("environment", draft.problems);
  return draft;
}

interface Variable {
  readonly name: string;
  readonly variable: string;
  readonly text: string;
  readonly cwd: string;
}

/** Whether the variable is a setting. */
function addVariable(draft: LayerDraft, { name, variable, text, cwd }: Variable): boolean {
  const source = { subject: name, text, origin: `environment ${name}`, folder: cwd };
  const key = SETTING_KEYS.find((candidate) => candidate.env === variable);
  if (key !== undefined) addText(draft, key, source);
  else if (variable === CATALOG_SWITCH) addCatalogSwitch(draft, source);
  else {
    const known = SETTING_KEYS.map((candidate) => candidate.env);
    const meant = known.find((candidate) => candidate.replace("__", "_") === variable);
    if (meant === undefined && !variable.includes("__")) return false;
    draft.problems.push(unknownName(name, meant ?? suggestName(variable, [CATALOG_SWITCH, ...known])));
  }
  return true;
}
