import type { Kind, Part } from "../../simulation/parts.ts";
import { DEED_NAMES, DEEDS, type DeedName, DROPPING } from "./deeds.ts";
import { requireDecisionsKept } from "./invariants.ts";
import { prepareRetentionScene, type RetentionScene } from "./scene.ts";

/** What one process does. */
export type RetentionPart = Part<DeedName>;

/** Some processes drop rows by policies, pin, remove, store and import at once. */
export const RETENTION_SCHEDULES: Kind<RetentionScene, DeedName> = {
  prepare: prepareRetentionScene,
  deeds: DEEDS,
  all: DEED_NAMES,
  leading: DROPPING,
  usualSteps: 60,
  require: requireDecisionsKept,
};
