/* Ours: one document after the other, by id or by artifact. Arguments: catalog, queries (JSON), "id" or "artifact". */
import { readFileSync } from "node:fs";
import { openCatalog } from "./package.mjs";
import { reportTime } from "./report.mjs";

const [path = "", queries = "", by = "id"] = process.argv.slice(2);
const { ids, artifactIds } = JSON.parse(readFileSync(queries, "utf8"));
const catalog = await openCatalog({ catalog: { path }, mode: "read" });
await reportTime(async () => {
  if (by === "id") for (const id of ids) await catalog.getById(id);
  else for (const artifactId of artifactIds) await catalog.listByArtifact(artifactId);
});
await catalog.close();
