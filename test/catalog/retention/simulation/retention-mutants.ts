import type { SqlStatement } from "../../../../src/ports/sql.ts";
import { changeBatches, changeQueries } from "../../simulation/change-ports.ts";
import { encode, sha256Of } from "../../simulation/scene.ts";
import type { ChangePorts } from "../../simulation/world.ts";
import type { RetentionPart } from "./scenario.ts";
import { otherText } from "./scene.ts";

/** What dropping rows, or what it relies on, can do wrong, and who is beside it then; somebody is held up at a step. */
export interface RetentionMutant {
  readonly changePorts: ChangePorts;
  readonly parts: (step: number) => readonly RetentionPart[];
}

/** The same batches, with other texts that have as many parameters. */
function changeTexts(change: (sql: string) => string): ChangePorts {
  return (ports) =>
    changeBatches(ports, (statements) => statements.map((each): SqlStatement => ({ ...each, sql: change(each.sql) })));
}

/** The end of the condition that enough copies stay; with more behind it, it is always true. */
const COPIES_STAY = ">= CAST(? AS BIGINT))";

/** What is read of a tombstone, from its beginning. */
const TOMBSTONE_COLUMNS = "SELECT id, artifact_id, source_url, resolver, sha256, bytes";

/** What comes by the key of a row that was removed. */
const COMING = sha256Of(encode(otherText("left")));

/** By what it is that each of them does. */
export const RETENTION_MUTANTS: Readonly<Record<string, RetentionMutant>> = {
  "looks at the copies before, and not while a row goes": {
    changePorts: changeTexts((sql) => sql.replaceAll(COPIES_STAY, `${COPIES_STAY} IS NOT NULL`)),
    parts: (step) => [
      { does: "drops what is old of the left", calamity: "pause", atStep: step },
      { does: "drops what is old of the right", begins: "duringPause" },
    ],
  },
  "looks at the pins before, and not while a row goes": {
    changePorts: changeTexts((sql) => sql.replaceAll("pins.kind = '", "pins.kind = 'no ")),
    parts: (step) => [
      { does: "drops what is old of the left", calamity: "pause", atStep: step },
      { does: "pins the pair", begins: "duringPause" },
    ],
  },
  "passes over whatever comes by a key that was removed": {
    changePorts: (ports) =>
      changeQueries(ports, (query) => (statement, options) => {
        const sql = statement.sql.replace(TOMBSTONE_COLUMNS, TOMBSTONE_COLUMNS.replace("sha256", `'${COMING}'`));
        return query({ ...statement, sql }, options);
      }),
    parts: () => [{ does: "removes what is left" }, { does: "imports others for all", begins: "afterPause" }],
  },
};
