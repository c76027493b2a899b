import { readdir } from "node:fs/promises";
import { systemClock } from "../../src/adapters/clock/system.ts";
import { createNodeFileSystem } from "../../src/adapters/fs/node.ts";
import { createNodeProcessTable } from "../../src/adapters/process/node.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { insert, inspectBytes, listNames, names, openEngine } from "../adapters/sql/oplog/_engine-world.ts";

/** Starting the machine again took a while: a lock that was just taken, and lost what it says, is old by now. */
const AFTER_REBOOT: Clock = { ...systemClock, now: () => systemClock.now() + 120_000 };

const fs = createNodeFileSystem();

/** What is wrong with the catalogs: acknowledged rows, and only whole batches, and the next one goes well. */
export async function lookAtRows(folder: string, printed: readonly string[]): Promise<readonly string[]> {
  const acknowledged = new Map<string, string[]>();
  for (const line of printed) {
    const [kind, catalog = "", row = ""] = line.split(" ");
    if (kind === "row") acknowledged.set(catalog, [...(acknowledged.get(catalog) ?? []), row]);
  }
  const present = (await readdir(folder)).filter((name) => name.startsWith("catalog-"));
  const findings: string[] = [];
  for (const catalog of new Set([...acknowledged.keys(), ...present])) {
    const rows = acknowledged.get(catalog) ?? [];
    try {
      findings.push(...(await lookAtCatalog(`${folder}/${catalog}`, rows)).map((text) => `${catalog}: ${text}`));
    } catch (error) {
      findings.push(`${catalog}: ${String(error)}`);
    }
  }
  return findings;
}

async function lookAtCatalog(folder: string, acknowledged: readonly string[]): Promise<readonly string[]> {
  const path = `${folder}/catalog.sqlite`;
  // What was acknowledged must be there: only then it may not be created.
  const mode = acknowledged.length > 0 ? "write" : "create";
  const engine = await openEngine({ fs, path, mode, processes: createNodeProcessTable(), clock: AFTER_REBOOT });
  const before = await names(engine);
  await engine.batch([insert("next")]);
  await engine.close();
  const found = new Set(before);
  const { integrity, names: after } = inspectBytes(await fs.readFile(path));
  const left = await listNames(fs, folder);
  return [
    ...(integrity === "ok" ? [] : [`the file is damaged: ${integrity}`]),
    ...acknowledged.filter((row) => !found.has(row)).map((row) => `row ${row} is lost`),
    ...before.filter((name) => !found.has(twinOf(name))).map((name) => `half of the batch of ${name} is there`),
    ...(after.length === before.length + 1 ? [] : [`${before.length} rows and the next are ${after.length}`]),
    ...(left.length === 1 ? [] : [`files are left: ${left.join(", ")}`]),
  ];
}

function twinOf(name: string): string {
  return name.endsWith(" twin") ? name.slice(0, -" twin".length) : `${name} twin`;
}
