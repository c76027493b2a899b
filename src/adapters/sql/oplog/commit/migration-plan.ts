import type { MigrationPayload } from "../log/batch-payload.ts";

/** How a schema gets younger. */
export interface MigrationPlan {
  /** What leads from a version to the latest; `undefined` when it is that. */
  from(version: number): MigrationPayload | undefined;
  /** Keeps the file as it is, of that version, under another name. */
  keepFile(version: number): Promise<void>;
}
