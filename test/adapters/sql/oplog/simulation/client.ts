import type { Opening } from "../../../../../src/adapters/sql/oplog/opening/opening.ts";
import { positionOf } from "../../../../../src/adapters/sql/oplog/protocol/store.ts";
import { isCatalogError } from "../../../../../src/errors.ts";
import type { QueryOptions, SqlStatement } from "../../../../../src/ports/sql.ts";
import type { History } from "./history.ts";

const ADD = "INSERT INTO lines (line) VALUES (?) ON CONFLICT (line) DO NOTHING";
const LINES = "SELECT line FROM lines ORDER BY id";

const ALL = ["SELECT id, line FROM lines ORDER BY id", "SELECT name, seq FROM sqlite_sequence ORDER BY name"];

const TOLD = ["NO_SPACE", "NOT_COMMITTED", "BACKEND", "OUTCOME_UNKNOWN"];

/** Whether an error is one that a failing device may lead to. */
export function isTold(error: unknown): boolean {
  return isCatalogError(error) && TOLD.includes(error.code);
}

/** What came of a batch. */
export type Outcome = "acknowledged" | "unknown" | "denied";

/** The two lines of a batch, which are both there or both not. */
export function batchOf(key: string): readonly SqlStatement[] {
  return [1, 2].map((part) => ({ sql: ADD, parameters: [`${key}/${part}`] }));
}

/** What a store has. */
export async function linesOf(store: Opening, options?: QueryOptions): Promise<readonly string[]> {
  return (await store.query({ sql: LINES }, options)).map(([line]) => String(line));
}

/** What somebody does, and what it is compared with. */
export interface Client {
  readonly name: string;
  readonly store: Opening;
  readonly history: History;
  /** What is acknowledged may not be durable. */
  readonly soft?: boolean | undefined;
}

/** A batch was acknowledged, and so is durable with all that came before; or it is only there. */
function note({ history, soft }: Client, keys: readonly string[], before: Iterable<string>): void {
  for (const key of keys) {
    if (soft === true) history.apply(key);
    else history.acknowledge(key);
  }
  if (soft !== true) history.confirm(before);
}

/** Adds a batch, and notes what was said about it. @throws what says nothing about the batch */
export async function add(client: Client, key: string, onError: (error: unknown) => void): Promise<Outcome> {
  const before = [...client.history.applied];
  try {
    await client.store.batch(batchOf(key));
    note(client, [key], before);
    return "acknowledged";
  } catch (error) {
    if (isCatalogError(error, "OUTCOME_UNKNOWN")) return "unknown";
    onError(error);
    return "denied";
  }
}

/** Reads in a batch: what it gives is as durable as what a batch writes. */
export async function readInBatch(client: Client): Promise<void> {
  const { store, history, name } = client;
  const known = history.known;
  const before = [...history.applied];
  const [result] = await store.batch([{ sql: LINES }]);
  const lines = (result?.rows ?? []).map(([line]) => String(line));
  history.observe(lines, known, `${name}, in a batch,`);
  note(client, keysOf(lines), before);
}

/** Reads for reading only, and makes sure of what it saw: that is durable then, whoever wrote it and was told what. */
export async function readAndSync(client: Client): Promise<void> {
  const keys = keysOf(await look(client, client.history.known, { fresh: true }));
  await client.store.sync();
  note({ ...client, soft: false }, keys, keys);
}

function keysOf(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.split("/")[0] ?? "");
}

/** Reads, and compares everything in the database with what others had at the same point of the log. */
export async function look(
  { store, history, name }: Client,
  known: ReadonlySet<string>,
  options?: QueryOptions,
): Promise<readonly string[]> {
  const lines = await linesOf(store, options);
  history.observe(lines, known, name);
  await store.read(({ chain, replica }) => {
    history.compare(chain, JSON.stringify(ALL.map((sql) => replica.query({ sql }))), name);
  });
  return lines;
}

/** The file that a checkpoint would write now. */
export function bytesOf(store: Opening): Promise<Uint8Array> {
  return store.read((loaded) => loaded.replica.export(positionOf(loaded)));
}
