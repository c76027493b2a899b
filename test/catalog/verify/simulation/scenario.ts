import type { Kind, Part } from "../../simulation/parts.ts";
import { DEED_NAMES, DEEDS, type DeedName, VERIFYING } from "./deeds.ts";
import { requireIntact } from "./invariants.ts";
import { prepareVerifyScene, type VerifyScene } from "./scene.ts";

/** What one process does. */
export type VerifyPart = Part<DeedName>;

/** Some processes verify, store, damage and mend at once. */
export const VERIFY_SCHEDULES: Kind<VerifyScene, DeedName> = {
  prepare: prepareVerifyScene,
  deeds: DEEDS,
  all: DEED_NAMES,
  leading: VERIFYING,
  usualSteps: 100,
  require: requireIntact,
};
