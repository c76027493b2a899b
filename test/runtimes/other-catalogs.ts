import { systemClock } from "../../src/adapters/clock/system.ts";
import { webCryptoEntropy } from "../../src/adapters/entropy/web-crypto.ts";
import { openSqlJsEngine } from "../../src/adapters/sql/oplog/open.ts";
import { APPLICATION_ID } from "../../src/catalog/format.ts";
import { MIGRATIONS } from "../../src/catalog/migrations.gen.ts";
import { resolveSettings, settingsFromOptions } from "../../src/core/settings.ts";
import { findOtherOpener, type HostPorts } from "../../src/hosts/_open-with-ports.ts";
import type { Migration, SqlEngine } from "../../src/ports/sql.ts";
import { assert, assertEquals, assertFails } from "../../src/testing/assert.ts";
import type { SuiteRunner } from "../../src/testing/suite-runner.ts";

/** What a host opens catalogs with, and where the cases work. */
export interface OthersUnderTest {
  readonly ports: HostPorts;
  makePlace(): Promise<{ readonly directory: string; dispose(): Promise<void> }>;
}

interface OthersPlace {
  /** Another catalog, with the schema of whoever knows these migrations, a row, and a log that is pending. */
  create(path: string, migrations: readonly Migration[]): Promise<void>;
  openOther(path: string): Promise<SqlEngine>;
  readonly ports: HostPorts;
  readonly directory: string;
}

const COUNT = { sql: "SELECT COUNT(*) FROM meta WHERE key = 'note'" };
const NOTE = { sql: "INSERT INTO meta (key, value) VALUES ('note', 'n')" };

const cases: Readonly<Record<string, (place: OthersPlace) => Promise<void>>> = {
  "opens another catalog, with what is in its log": async ({ directory, create, openOther }) => {
    const path = `${directory}/other.sqlite`;
    await create(path, MIGRATIONS);
    const other = await openOther(path);
    assertEquals(await other.query(COUNT, { fresh: true }), [[1]], "rows");
    assertEquals((await other.describe()).schemaVersion, MIGRATIONS.length, "schema version");
    await assertFails(() => other.batch([NOTE]), "READ_ONLY");
    await other.sync();
    await other.close();
  },

  "leaves the schema of an older one as it is": async ({ directory, create, openOther, ports }) => {
    const path = `${directory}/older.sqlite`;
    await create(path, MIGRATIONS.slice(0, 1));
    const before = await ports.fs.readFile(path);
    const other = await openOther(path);
    assertEquals((await other.describe()).schemaVersion, 1, "schema version");
    assertEquals(await other.query(COUNT), [[1]], "rows");
    await other.close();
    assertEquals(await ports.fs.readFile(path), before, "file");
  },

  "refuses what is missing, damaged or newer": async ({ directory, create, openOther, ports }) => {
    await assertFails(() => openOther(`${directory}/none.sqlite`), "NOT_FOUND");
    const damaged = await ports.fs.open(`${directory}/damaged.sqlite`, "create");
    await damaged.write(new Uint8Array(4096));
    await damaged.close();
    await assertFails(() => openOther(`${directory}/damaged.sqlite`), "CORRUPT");
    const version = MIGRATIONS.length + 1;
    const newer = { version, name: "newer", sql: "CREATE TABLE newer (id INTEGER);" };
    await create(`${directory}/newer.sqlite`, [...MIGRATIONS, newer]);
    await assertFails(() => openOther(`${directory}/newer.sqlite`), "SCHEMA_TOO_NEW");
  },

  "has none where the files are those of one catalog, or the catalog is disabled": async ({ ports }) => {
    const settings = resolveSettings(settingsFromOptions({}), "/");
    assert(findOtherOpener(settings.catalog, { ...ports, ownFiles: true }) === undefined, "expected no others");
    assert(findOtherOpener(false, ports) === undefined, "expected no others");
  },
};

/** Checks how a host opens catalogs of others. */
export function testOtherCatalogs(runner: SuiteRunner, name: string, { ports, makePlace }: OthersUnderTest): void {
  runner.describe(`Other catalogs of ${name}`, () => {
    for (const [title, check] of Object.entries(cases)) {
      runner.it(title, async () => {
        const { directory, dispose } = await makePlace();
        try {
          await check({
            directory,
            ports,
            create: (path, known) => create(ports, path, known),
            ...openerIn(directory, ports),
          });
        } finally {
          await dispose();
        }
      });
    }
  });
}

function openerIn(directory: string, ports: HostPorts): Pick<OthersPlace, "openOther"> {
  const settings = resolveSettings(settingsFromOptions({ catalog: { path: "catalog.sqlite" } }), directory);
  const openOther = findOtherOpener(settings.catalog, ports);
  assert(openOther !== undefined, "expected a way to open others");
  return { openOther };
}

async function create(ports: HostPorts, path: string, migrations: readonly Migration[]): Promise<void> {
  if (ports.openSql !== undefined) throw new TypeError("Cannot create a catalog: SQL is elsewhere");
  const engine = await openSqlJsEngine({
    ...{
      sqljs: await ports.loadSqlJs(),
      fs: ports.fs,
      path,
      mode: "create",
      migrations,
      applicationId: APPLICATION_ID,
    },
    ...{ clock: systemClock, entropy: webCryptoEntropy, processes: ports.processes, checkpointOnClose: "never" },
  });
  await engine.batch([NOTE]);
  await engine.close();
}
