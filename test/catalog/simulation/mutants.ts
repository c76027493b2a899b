import type { Layout } from "../../../src/core/naming/layout.ts";
import type { SqlEngine, SqlResult, SqlStatement, SqlValue } from "../../../src/ports/sql.ts";
import { countsTrashAsThere } from "./collector-mutants.ts";
import type { Part, ScenarioOptions } from "./scenario.ts";
import { DOWNLOADS } from "./scene.ts";
import type { ProcessPorts } from "./world.ts";

/** What is done wrong, and in which scenes that shows: at some step of theirs. */
export interface Mutant extends Pick<ScenarioOptions, "changePorts" | "collector" | "isShared" | "takesAtOnce"> {
  /** Where it is wrong. @default in each */
  readonly layouts?: readonly Layout[] | undefined;
  /** Who does what, if the calamity comes at a step. */
  readonly parts: (atStep: number) => readonly Part[];
}

const LEASE_IS_THERE = "EXISTS (SELECT 1 FROM leases WHERE id = ?)";
const NOTHING: SqlResult = { rows: [], changes: 0 };
const DONE: SqlResult = { rows: [], changes: 1 };

function isInsert({ sql }: SqlStatement): boolean {
  return sql.startsWith("INSERT INTO leases");
}

/** One in so many parameters of an insert begins a lease: its id, its place, where the bytes come from. */
const COLUMNS = 8;

/** The ids of the leases that a statement takes, if it does. */
function idsOf(statement: SqlStatement): readonly (SqlValue | undefined)[] {
  return isInsert(statement) ? (statement.parameters ?? []).filter((_, at) => at % COLUMNS === 0) : [];
}

function isEnd({ sql }: SqlStatement): boolean {
  return sql.startsWith("DELETE FROM leases WHERE id") && !sql.includes("expires_at");
}

/** Tells which leases are there that are about to end. */
function isQuestion({ sql }: SqlStatement): boolean {
  return sql.startsWith("SELECT id FROM leases WHERE id IN");
}

/** What a statement did, as if some leases were there. */
function pretending(
  statement: SqlStatement,
  { rows, changes }: SqlResult,
  isForgotten: (id: SqlValue | undefined) => boolean,
): SqlResult {
  const forgotten = (statement.parameters ?? []).filter(isForgotten);
  if (isEnd(statement) && forgotten.length > 0) return DONE;
  if (!isQuestion(statement)) return { rows, changes };
  return { rows: [...new Set([...rows.map(([id]) => id), ...forgotten])].map((id) => [id ?? null]), changes };
}

/** The statement as it is done whether or not there is a lease, if it is one of those. */
function withoutCondition(
  { sql, parameters = [] }: SqlStatement,
  isForgotten: (id: SqlValue | undefined) => boolean,
): SqlStatement {
  const [first = "", ...parts] = sql.split(LEASE_IS_THERE);
  const left = [...parameters];
  let text = first;
  for (const part of parts) {
    const at = text.split("?").length - 1;
    const id = left[at];
    if (isForgotten(id)) left.splice(at, 1);
    text += `${isForgotten(id) ? "TRUE" : LEASE_IS_THERE}${part}`;
  }
  return { sql: text, parameters: left };
}

/** Somebody who asks of some leases neither whether they are taken nor whether they are there. */
function forgetLeases(isForgotten: (insert: SqlStatement) => boolean): Mutant["changePorts"] {
  return ({ sql, ...ports }) => {
    const ids = new Set<SqlValue | undefined>();
    const batch: SqlEngine["batch"] = async (statements, options) => {
      for (const each of statements) if (isForgotten(each)) for (const id of idsOf(each)) ids.add(id);
      const changed = statements.map((each) => withoutCondition(each, (id) => ids.has(id)));
      const isSkipped = (each: SqlStatement): boolean => idsOf(each).some((id) => ids.has(id));
      const done = await runSome({ sql, statements: changed, isSkipped, options });
      return done.map((result, at) => pretending(statements[at] as SqlStatement, result, (id) => ids.has(id)));
    };
    return { ...ports, sql: { ...sql, batch } };
  };
}

/** Runs a batch without some of its statements, which are said to be done. */
async function runSome(about: {
  readonly sql: SqlEngine;
  readonly statements: readonly SqlStatement[];
  readonly isSkipped: (statement: SqlStatement) => boolean;
  readonly options: Parameters<SqlEngine["batch"]>[1];
}): Promise<readonly SqlResult[]> {
  const { sql, statements, isSkipped, options } = about;
  const left = statements.filter((each) => !isSkipped(each));
  const results = left.length === 0 ? [] : [...(await sql.batch(left, options))];
  return statements.map((each) => (isSkipped(each) ? DONE : (results.shift() as SqlResult)));
}

/** Somebody who takes a lease only when he is about to say something by it: after he has looked. */
function leaseAfterLook({ sql, ...ports }: ProcessPorts): ProcessPorts {
  const held = new Map<SqlValue | undefined, SqlStatement>();
  const batch: SqlEngine["batch"] = async (statements, options) => {
    const due = new Set<SqlStatement>();
    for (const id of statements.flatMap(({ parameters = [] }) => parameters)) {
      const insert = held.get(id);
      if (insert !== undefined) due.add(insert);
    }
    for (const insert of due) for (const id of idsOf(insert)) held.delete(id);
    if (due.size > 0) await sql.batch([...due], { durable: false });
    for (const each of statements) for (const id of idsOf(each)) held.set(id, each);
    return runSome({ sql, statements, isSkipped: isInsert, options });
  };
  return { ...ports, sql: { ...sql, batch } };
}

/** Somebody who points a row to the new place of its bytes when the batch has run that ends the lease. */
function placeInSecondBatch({ sql, ...ports }: ProcessPorts): ProcessPorts {
  const isNewPlace = ({ sql: text }: SqlStatement): boolean =>
    /^\s*UPDATE (documents|variants) SET storage_uri = \?/.test(text);
  const batch: SqlEngine["batch"] = async (statements, options) => {
    const later = statements.filter(isNewPlace);
    if (later.length === 0 || !statements.some(isEnd)) return sql.batch(statements, options);
    const done = await runSome({ sql, statements, isSkipped: isNewPlace, options });
    const places = [
      ...(await sql.batch(
        later.map((each) => withoutCondition(each, () => true)),
        options,
      )),
    ];
    return statements.map((each, at) => (isNewPlace(each) ? places.shift() : done[at]) ?? NOTHING);
  };
  return { ...ports, sql: { ...sql, batch } };
}

/** Somebody who removes the file that he moves before its row is there. */
function unlinkBeforeBatch(
  { sql, ...ports }: ProcessPorts,
  { files }: Parameters<NonNullable<Mutant["changePorts"]>>[1],
): ProcessPorts {
  const batch: SqlEngine["batch"] = async (statements, options) => {
    const isRegistering =
      statements.some(isEnd) && statements.some(({ sql: text }) => text.startsWith("INSERT INTO documents"));
    if (isRegistering) await files.unlink(`${DOWNLOADS}/new`).catch(() => undefined);
    return sql.batch(statements, options);
  };
  return { ...ports, sql: { ...sql, batch } };
}

function withoutConditions(sql: SqlEngine): SqlEngine {
  const batch: SqlEngine["batch"] = async (statements, options) => {
    const results = await sql.batch(
      statements.map((each) => withoutCondition(each, () => true)),
      options,
    );
    return results.map((result, at) => pretending(statements[at] as SqlStatement, result, () => true));
  };
  return { ...sql, batch };
}

/** Nobody runs more batches. */
const MOST_BATCHES = 15;

/** By then an ingest has found its bytes, and is about to say so. */
const AFTER_LOOK = 30;

/** What is to be found out. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  "looks before the lease": {
    changePorts: leaseAfterLook,
    parts: (atStep) => [
      { does: "ingests what nobody names", calamity: "pause", atStep },
      { does: "collects", begins: "duringPause" },
    ],
  },
  "takes no lease for what is known": {
    changePorts: forgetLeases((insert) => isInsert(insert) && insert.parameters?.[2] === "registered"),
    parts: (atStep) => [
      { does: "ingests what is known", calamity: "pause", atStep },
      { does: "removes what is known", begins: "duringPause" },
      { does: "collects", begins: "laterInPause" },
    ],
  },
  "gives a row its new place in a second batch": {
    changePorts: placeInSecondBatch,
    parts: (at) => [
      { does: "ingests what was lost elsewhere", calamity: "pause", atBatch: at % MOST_BATCHES },
      { does: "collects", begins: "duringPause" },
    ],
  },
  "takes a file in by a second batch": {
    changePorts: placeInSecondBatch,
    parts: (at) => [
      { does: "takes in a file by hardlink", calamity: "pause", atBatch: at % MOST_BATCHES },
      { does: "collects", begins: "duringPause" },
    ],
  },
  "registers without the condition": {
    changePorts: ({ sql, ...ports }) => ({ ...ports, sql: withoutConditions(sql) }),
    parts: (atStep) => [
      { does: "ingests what nobody names", calamity: "stop", atStep },
      { does: "collects", begins: "whenOver" },
    ],
  },
  "restores, and looks before the lease": {
    changePorts: leaseAfterLook,
    parts: (atStep) => [
      { does: "restores what nobody names", calamity: "pause", atStep },
      { does: "collects", begins: "duringPause" },
    ],
  },
  "restores without the condition": {
    changePorts: ({ sql, ...ports }) => ({ ...ports, sql: withoutConditions(sql) }),
    parts: (atStep) => [
      { does: "restores what nobody names", calamity: "stop", atStep },
      { does: "collects", begins: "whenOver" },
    ],
  },
  "unlinks a file before its row is there": {
    changePorts: unlinkBeforeBatch,
    // Under a name of the template nobody can prove whose the file of a killed process is, and it stays.
    layouts: ["cas"],
    parts: (atStep) => [{ does: "moves a file in", calamity: "kill", atStep }],
  },
  "judges leases of others by the clock": {
    collector: "judges leases by the clock",
    // As above: what the other catalog put under a name of its template is not on record yet.
    layouts: ["cas"],
    isShared: true,
    parts: (atStep) => [
      { does: "ingests new bytes", calamity: "stop", atStep },
      { does: "collects", of: "b", begins: "whenOver" },
    ],
  },
  "compares texts": { collector: "compares texts", parts: () => [{ does: "collects" }] },
  "looks before it takes, and not after": {
    collector: "looks before it takes",
    parts: (atStep) => [
      { does: "collects", calamity: "pause", atStep },
      { does: "ingests what nobody names", begins: "duringPause" },
    ],
  },
  "reads its own catalog only": {
    collector: "reads its own catalog only",
    // What another catalog put under a name of its template is none that this one could prove to be its own.
    layouts: ["cas"],
    isShared: true,
    parts: () => [{ does: "collects" }],
  },
  "reads the markers before it takes": {
    collector: "reads the markers before it takes",
    isShared: false,
    parts: (atStep) => [
      { does: "collects", calamity: "pause", atStep },
      { does: "ingests what nobody names", of: "b", begins: "duringPause" },
    ],
  },
  "reads what may be old": {
    collector: "reads what may be old",
    parts: (atStep) => [
      { does: "collects", calamity: "pause", atStep },
      { does: "ingests what nobody names", begins: "duringPause" },
    ],
  },
  "keeps no name": {
    collector: "keeps no name",
    layouts: ["policy_path"],
    takesAtOnce: true,
    parts: (atStep) => [
      { does: "collects", calamity: "pause", atStep },
      { does: "ingests what nobody names", begins: "duringPause", calamity: "pause", atStep: AFTER_LOOK },
      { does: "ingests others by the name of what nobody names", begins: "afterPause" },
    ],
  },
  "keeps names by empty files": {
    collector: "keeps names by empty files",
    layouts: ["policy_path"],
    parts: (atStep) => [
      { does: "collects", calamity: "pause", atStep },
      { does: "ingests nothing by the name of what nobody names", begins: "duringPause" },
    ],
  },
  "gives back over what others placed": {
    collector: "gives back over what others placed",
    layouts: ["policy_path"],
    parts: (atStep) => [
      { does: "collects", calamity: "pause", atStep },
      { does: "ingests others by the name of what nobody names", begins: "duringPause" },
    ],
  },
  "takes what anybody put there": {
    collector: "takes what anybody put there",
    layouts: ["policy_path"],
    parts: () => [{ does: "collects" }],
  },
  "counts what is in the trash as there": {
    changePorts: countsTrashAsThere,
    parts: (atStep) => [
      { does: "collects", calamity: "pause", atStep },
      { does: "ingests what nobody names", begins: "duringPause" },
    ],
  },
};
