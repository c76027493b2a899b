import { expect, it } from "vitest";
import type { SqlCommit } from "../../../../../src/ports/sql.ts";
import { openEngine } from "../../../../catalog/ingest/_ingest-world.ts";

it("tells of the commit that a batch is part of, and whether it is alone in it", async () => {
  const engine = await openEngine();
  const told: (SqlCommit | string)[] = [];
  const write = async (value: string): Promise<void> => {
    await engine.batch([{ sql: "UPDATE meta SET value = ? WHERE key = 'a'", parameters: [value] }], {
      onCommitted: (commit) => told.push(commit),
    });
    told.push("done");
  };
  await engine.batch([{ sql: "INSERT INTO meta (key, value) VALUES ('a', 'b')" }]);
  const { sequence } = await engine.describe();
  await write("c");
  expect(told.splice(0)).toEqual([{ sequence: sequence + 1, alone: true }, "done"]);
  await Promise.all([write("d"), write("e")]);
  const together = { sequence: sequence + 2, alone: false };
  expect(told.splice(0)).toEqual([together, together, "done", "done"]);
  await engine.batch([{ sql: "DELETE FROM meta WHERE key = 'nothing'" }], {
    onCommitted: (commit) => told.push(commit),
  });
  expect(told).toEqual([{ sequence: sequence + 2, alone: true }]);
  await engine.close();
});
