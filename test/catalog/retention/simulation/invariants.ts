import { findPathOfUri } from "../../../../src/core/storage-uri.ts";
import type { SqlRow, SqlStatement } from "../../../../src/ports/sql.ts";
import { encode, sha256Of } from "../../simulation/scene.ts";
import { Violation } from "../../simulation/violation.ts";
import type { CatalogName } from "../../simulation/world.ts";
import { otherText, type RetentionScene, ROW_NAMES } from "./scene.ts";

type Query = (statement: SqlStatement) => readonly SqlRow[];

interface Row {
  readonly id: string;
  readonly artifact: string;
  readonly key: string;
  readonly uri: string;
  readonly sha256: string;
}

interface Pin {
  readonly kind: string;
  readonly target: string;
}

/** What a catalog says at one moment. */
interface State {
  readonly rows: ReadonlyMap<string, Row>;
  readonly pins: readonly Pin[];
  /** Keys with contents, of what was removed on purpose. */
  readonly tombstones: ReadonlySet<string>;
  /** How many rows were dropped by a policy. */
  readonly dropped: number;
}

const NOTHING: State = { rows: new Map(), pins: [], tombstones: new Set(), dropped: 0 };
const KEY = "artifact_id || ' ' || source_url || ' ' || resolver";

function read(query: Query): State {
  const text = (sql: string): readonly string[][] => query({ sql }).map((row) => row.map(String));
  const rows = text(`SELECT id, artifact_id, ${KEY}, storage_uri, sha256 FROM documents`).map(
    ([id = "", artifact = "", key = "", uri = "", sha256 = ""]): [string, Row] => [
      id,
      { id, artifact, key, uri, sha256 },
    ],
  );
  const pins = text("SELECT kind, target FROM pins").map(([kind = "", target = ""]) => ({ kind, target }));
  const tombstones = text(`SELECT ${KEY}, sha256 FROM tombstones`).map(([key, sha256]) => `${key} ${sha256}`);
  const [[dropped] = []] = query({ sql: "SELECT count(*) FROM removals WHERE verb = 'retention' AND variant IS NULL" });
  return { rows: new Map(rows), pins, tombstones: new Set(tombstones), dropped: Number(dropped) };
}

/**
 * Goes through all that was committed, and looks what lies there in the end.
 * @throws {Violation} when a batch took a pinned row, or its bytes; when a policy left an artifact without a copy; when
 * what was removed on purpose is back by itself; when new bytes were passed over; when a row has no blob, or another one
 */
export async function requireDecisionsKept(scene: RetentionScene): Promise<void> {
  for (const [name, database] of scene.world.databases) {
    let before = NOTHING;
    database.replay((query) => {
      const after = read(query);
      requirePinsHeld(name, before, after);
      requireCopies(name, before, after);
      requireGone(name, after);
      before = after;
    });
    requireNothingNewPassedOver(scene, name, (statement) => database.query(statement));
    await requireBlobs(scene, name, before);
  }
}

function holds({ kind, target }: Pin, row: Row): boolean {
  if (kind === "document") return row.id === target;
  if (kind === "artifact") return row.artifact === target;
  return kind === "sha256" ? row.sha256 === target : row.uri === target;
}

function requirePinsHeld(name: CatalogName, before: State, after: State): void {
  const pins = before.pins.filter((pin) => after.pins.some((each) => isSame(each, pin)));
  for (const row of before.rows.values()) {
    const pin = pins.find((each) => holds(each, row));
    if (pin === undefined || after.rows.get(row.id)?.sha256 === row.sha256) continue;
    throw new Violation(`catalog ${name}: ${row.key} was pinned by ${pin.kind} ${pin.target}, and went`);
  }
}

function isSame(one: Pin, other: Pin): boolean {
  return one.kind === other.kind && one.target === other.target;
}

function copies({ rows }: State, artifact: string): number {
  return new Set([...rows.values()].filter((row) => row.artifact === artifact).map(({ uri }) => uri)).size;
}

function requireCopies(name: CatalogName, before: State, after: State): void {
  if (after.dropped === before.dropped) return;
  for (const artifact of new Set([...before.rows.values()].map((row) => row.artifact))) {
    if (copies(before, artifact) > 0 && copies(after, artifact) === 0)
      throw new Violation(`catalog ${name}: a policy left no copy of ${artifact}`);
  }
}

function requireGone(name: CatalogName, { rows, tombstones }: State): void {
  for (const { key, sha256 } of rows.values()) {
    if (tombstones.has(`${key} ${sha256}`))
      throw new Violation(`catalog ${name}: ${key} was removed on purpose, and is back`);
  }
}

function requireNothingNewPassedOver({ passedOver }: RetentionScene, name: CatalogName, query: Query): void {
  const others = new Set(ROW_NAMES.map((row) => sha256Of(encode(otherText(row)))));
  const removed = query({ sql: "SELECT sha256 FROM removals" }).filter(([sha256]) => others.has(String(sha256)));
  if ((passedOver.get(name) ?? 0) > 0 && removed.length === 0)
    throw new Violation(`catalog ${name}: bytes that nobody removed were passed over`);
}

/** In the root or elsewhere: a line whose row went while its file was looked at is registered where that lies. */
async function requireBlobs({ world: { files } }: RetentionScene, name: CatalogName, { rows }: State): Promise<void> {
  for (const { key, uri, sha256 } of rows.values()) {
    const path = findPathOfUri(uri as never) ?? "";
    const isThere = (await files.lstat(path))?.kind === "file";
    if (isThere && sha256Of(await files.readFile(path)) === sha256) continue;
    throw new Violation(`catalog ${name}: ${key} has ${isThere ? "another" : "no"} blob at ${uri}`);
  }
}
