import { findPathOfUri } from "../../../../src/core/storage-uri.ts";
import { sha256Of } from "../../simulation/scene.ts";
import { Violation } from "../../simulation/violation.ts";
import { ROOT } from "../../simulation/world.ts";
import { BUDGET_BYTES, WITH_BUDGET } from "./deeds.ts";
import { quarantined, SPARE, TEXTS, textsBelow, type VerifyScene } from "./scene.ts";

const ROWS = `SELECT artifact_id, storage_uri, sha256 FROM documents
  UNION ALL SELECT artifact_id, variants.storage_uri, variants.sha256 FROM variants JOIN documents ON documents.id = document_id`;

/**
 * Looks at what is left.
 * @throws {Violation} when good bytes were put aside, or the same bytes twice; when damaged bytes have a name that nobody
 * gave them; when they do not lie in quarantine any more, which nobody had for a day; when a row lost its blob that nobody damaged; when a result is not in the ledger that somebody was told, or
 * one is that is about other bytes; when a run told of a blob twice, or read more than its budget
 */
export async function requireIntact(scene: VerifyScene): Promise<void> {
  requireToldOnce(scene);
  requireWithinBudget(scene);
  requireRemembered(scene);
  requireOfTheseBytes(scene);
  await requireBadAside(scene);
  await requireAsideKept(scene);
  await requireBlobs(scene);
}

function requireToldOnce({ told }: VerifyScene): void {
  const all = new Set<string>();
  for (const { run, blob } of told) {
    const label = `${run} verified ${blob.uri}`;
    if (all.has(label)) throw new Violation(`${label} twice`);
    all.add(label);
  }
}

/** One blob may be larger than the budget; with more than one it is the limit. */
function requireWithinBudget({ told }: VerifyScene): void {
  const read = new Map<string, number[]>();
  for (const { run, blob } of told) {
    if (!run.includes(WITH_BUDGET) || blob.strength !== "full" || blob.actual.bytes === null) continue;
    read.set(run, [...(read.get(run) ?? []), blob.actual.bytes]);
  }
  for (const [run, sizes] of read) {
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (sizes.length > 1 && bytes > BUDGET_BYTES) throw new Violation(`${run} read ${bytes} bytes`);
  }
}

/** Only of what nobody changes: the entry of another one goes with what it was about. */
function requireRemembered({ world, told, paths }: VerifyScene): void {
  const uri = `file://${paths.still}`;
  const times = told.filter(({ blob }) => blob.uri === uri && blob.strength === "full").map(({ blob }) => blob);
  if (times.length === 0) return;
  const statement = { sql: "SELECT checked_at FROM verifications WHERE uri = ?", parameters: [uri] };
  const [[checkedAt] = []] = world.databases.get("a")?.query(statement) ?? [];
  for (const blob of times) {
    if (typeof checkedAt === "string" && checkedAt >= blob.checkedAt) continue;
    throw new Violation(`the result for ${uri} of ${blob.checkedAt} is lost: ${String(checkedAt)} is remembered`);
  }
}

function requireOfTheseBytes({ world, told }: VerifyScene): void {
  for (const [name, database] of world.databases) {
    const entries = database.query({ sql: "SELECT uri, checked_at FROM verifications WHERE result = 'ok'" });
    for (const [uri, checkedAt] of entries) {
      const { blob } = told.find((each) => each.blob.uri === uri && each.blob.checkedAt === checkedAt) ?? {};
      const rows = database.query({
        sql: "SELECT sha256 FROM documents WHERE storage_uri = ?",
        parameters: [uri ?? ""],
      });
      if (blob === undefined || rows.length === 0) continue;
      if (rows.some(([sha256]) => sha256 === blob.expected.sha256)) continue;
      throw new Violation(`catalog ${name}: what is remembered of ${String(uri)} is about other bytes`);
    }
  }
}

async function requireBadAside({ world, rotten }: VerifyScene): Promise<void> {
  const seen = new Set<string>();
  for (const text of await quarantined(world)) {
    if (!rotten.has(text)) throw new Violation(`good bytes were put aside: ${text}`);
    if (seen.has(text)) throw new Violation(`the same bytes were put aside twice: ${text}`);
    seen.add(text);
  }
}

async function requireAsideKept({ world, told }: VerifyScene): Promise<void> {
  for (const { run, blob } of told) {
    const path = blob.quarantine === null ? undefined : findPathOfUri(blob.quarantine);
    if (path === undefined || (await world.files.lstat(path)) !== undefined) continue;
    throw new Violation(`what ${run} put aside is gone: ${path}`);
  }
}

async function requireBlobs({ world, rotten }: VerifyScene): Promise<void> {
  const texts = await textsBelow(world.files, ROOT);
  for (const [path, text] of texts) {
    const name = path.slice(ROOT.length + 1);
    if (!rotten.has(text) || rotten.get(text) === path || /^\.(quarantine|trash|staging)\//.test(name)) continue;
    throw new Violation(`damaged bytes were put to ${path}`);
  }
  const damaged = new Set(rotten.values());
  for (const [name, database] of world.databases) {
    for (const [artifact, uri, sha256] of database.query({ sql: ROWS })) {
      const path = findPathOfUri(String(uri)) ?? "";
      const text = path === SPARE ? TEXTS.two : texts.get(path);
      if (text !== undefined && sha256Of(new TextEncoder().encode(text)) === sha256) continue;
      if (damaged.has(path) && (text === undefined || rotten.has(text))) continue;
      throw new Violation(
        `catalog ${name}: ${String(artifact)} has ${text === undefined ? "no" : "another"} blob at ${path}`,
      );
    }
  }
}
