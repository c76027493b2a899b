import type { TakenBlob } from "../../../src/ports/blob-store.ts";
import type { FileSystem } from "../../../src/ports/file-system.ts";
import type { SqlRow, SqlStatement } from "../../../src/ports/sql.ts";
import { changeQueries, changeStore } from "./change-ports.ts";
import type { ChangePorts, ProcessPorts } from "./world.ts";
import { ROOT } from "./world.ts";

/** Reads what a catalog refers to. */
function isLiveSet({ sql }: SqlStatement): boolean {
  return /^SELECT id, (?:storage_uri|uri)\b/.test(sql);
}

function changeMarkers(
  ports: ProcessPorts,
  list: (list: ProcessPorts["store"]["markers"]["list"]) => ReturnType<ProcessPorts["store"]["markers"]["list"]>,
): ProcessPorts {
  const { markers } = ports.store;
  return changeStore(ports, { markers: { ...bound(markers), list: () => list(() => markers.list()) } });
}

/** The methods of an instance of a class, as an object. */
function bound(markers: ProcessPorts["store"]["markers"]): ProcessPorts["store"]["markers"] {
  return {
    list: () => markers.list(),
    read: (name) => markers.read(name),
    has: async (name) => (await markers.has?.(name)) ?? false,
    write: (name, bytes) => markers.write(name, bytes),
    drop: (name) => markers.drop(name),
  };
}

/** Who goes by what he read before he took anything. */
const looksBefore: ChangePorts = (ports) => {
  let hasTaken = false;
  const known = new Map<string, readonly SqlRow[]>();
  const taking = changeStore(ports, {
    take: (key, options) => {
      hasTaken = true;
      return ports.store.take(key, options);
    },
  });
  return changeQueries(taking, (query, isOther) => async (statement, options) => {
    if (!isLiveSet(statement)) return query(statement, options);
    const name = JSON.stringify([isOther, statement]);
    const before = hasTaken ? known.get(name) : undefined;
    const rows = before ?? (await query(statement, options));
    known.set(name, rows);
    return rows;
  });
};

/** Whose placeholders are empty files, as those for taking names without links are. */
const keepsByEmptyFiles: ChangePorts = (ports, { files }) => {
  const { store } = ports;
  const free = async (key: string): Promise<void> => {
    const path = `${ROOT}/${key}`;
    if ((await files.lstat(path))?.sizeBytes === 0) await files.unlink(path);
  };
  return changeStore(ports, {
    take: async (key, options) => {
      const taken = await store.take(key, { ...options, keepName: false });
      if (taken !== undefined && options.keepName) await createEmpty(files, `${ROOT}/${key}`);
      return taken;
    },
    giveBack: async (taken, options) => {
      await free(taken.key);
      return store.giveBack(taken, options);
    },
    dropTaken: async (taken) => {
      await free(taken.key);
      await store.dropTaken(taken);
    },
  });
};

async function createEmpty(files: FileSystem, path: string): Promise<void> {
  const handle = await files.open(path, "create").catch(() => undefined);
  await handle?.close();
}

/** Reads that are not fresh may be so old, in milliseconds, as a setting can have it. */
const MAX_AGE_MS = 2000;

/** Who goes by what he read a moment ago. */
const readsOld: ChangePorts = (ports, { now }) => {
  const known = new Map<string, { readonly atMs: number; readonly answer: Promise<unknown> }>();
  const once = <Answer>(name: unknown, ask: () => Promise<Answer>): Promise<Answer> => {
    const before = known.get(JSON.stringify(name));
    if (before !== undefined && now() - before.atMs < MAX_AGE_MS) return before.answer as Promise<Answer>;
    const answer = ask();
    known.set(JSON.stringify(name), { atMs: now(), answer });
    return answer;
  };
  const changed = changeQueries(ports, (query, isOther) => (statement, options) => {
    return once([isOther, statement], () => query(statement, options));
  });
  return { ...changed, sql: { ...changed.sql, describe: () => once("describe", () => ports.sql.describe()) } };
};

/** Who is not seen between taking a blob and keeping its name: between two calls no runtime can do both. */
export const takesAtOnce: ChangePorts = (ports, { atOnce }) =>
  changeStore(ports, { take: (key, options) => atOnce.take(key, options) });

/** What a collector can do wrong. */
export type CollectorMutant =
  | "looks before it takes"
  | "reads its own catalog only"
  | "reads the markers before it takes"
  | "judges leases by the clock"
  | "compares texts"
  | "reads what may be old"
  | "keeps no name"
  | "keeps names by empty files"
  | "gives back over what others placed"
  | "takes what anybody put there";

/** How each of them goes about it. */
export const COLLECTOR_MUTANTS: Readonly<Record<CollectorMutant, ChangePorts>> = {
  "looks before it takes": looksBefore,
  "reads its own catalog only": (ports, { of }) =>
    changeMarkers(ports, async (list) => {
      const mark = `"path":${JSON.stringify(`/${of}.sqlite`)}`;
      return (await list()).filter(({ bytes }) => new TextDecoder().decode(bytes).includes(mark));
    }),
  "reads the markers before it takes": (ports) => {
    let first: ReturnType<ProcessPorts["store"]["markers"]["list"]> | undefined;
    return changeMarkers(ports, (list) => {
      first ??= list();
      return first;
    });
  },
  "judges leases by the clock": (ports, { now }) =>
    changeQueries(ports, (query, isOther) => (statement, options) => {
      if (!isOther || !statement.sql.startsWith("SELECT id, uri FROM leases")) return query(statement, options);
      const sql = statement.sql.replace("WHERE", "WHERE expires_at >= ? AND");
      return query({ sql, parameters: [new Date(now()).toISOString(), ...(statement.parameters ?? [])] }, options);
    }),
  "compares texts": (ports) =>
    changeQueries(ports, (query) => async (statement, options) => {
      const rows = await query(statement, options);
      return isLiveSet(statement) ? rows.filter(([, uri]) => !/%|localhost/.test(String(uri))) : rows;
    }),
  "reads what may be old": readsOld,
  "keeps no name": (ports, { atOnce }) =>
    changeStore(ports, { take: (key, options) => atOnce.take(key, { ...options, keepName: false }) }),
  "keeps names by empty files": keepsByEmptyFiles,
  "gives back over what others placed": (ports, { files }) =>
    changeStore(ports, {
      giveBack: async (taken, options) => {
        const became = await ports.store.giveBack(taken, options);
        if (became === "taken") await files.rename(`${ROOT}/${taken.at}`, `${ROOT}/${taken.key}`);
        return "back";
      },
    }),
  "takes what anybody put there": (ports) =>
    changeQueries(ports, (query) => async (statement, options) => {
      if (!statement.sql.startsWith("SELECT uri, sha256_start")) return query(statement, options);
      return (statement.parameters ?? []).map((uri) => [uri, ""]);
    }),
};

/** Who takes for there what lies in the trash of a run. */
export const countsTrashAsThere: ChangePorts = (ports) => {
  const { store } = ports;
  const find = async (key: string): Promise<TakenBlob | undefined> => {
    for await (const page of store.listTaken()) {
      const taken = page.find((each) => each.key === key && !each.kept);
      if (taken !== undefined) return taken;
    }
    return undefined;
  };
  return changeStore(ports, {
    stat: async (key) => (await store.stat(key)) ?? (await find(key))?.stat,
    open: async (key) => {
      const there = await store.open(key);
      const taken = there === undefined ? await find(key) : undefined;
      return taken === undefined ? there : store.open(taken.at);
    },
  });
};
