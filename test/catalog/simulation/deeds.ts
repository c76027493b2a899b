import type { AddInto } from "../../../src/catalog/add/add-options.ts";
import type { IngestMeta } from "../../../src/catalog/ingest/ingest-request.ts";
import type { OnChange } from "../../../src/core/outcome.ts";
import type { Scene } from "./scene.ts";
import { DOWNLOADS, ELSEWHERE, encode, labelOf, metaOf, sha256Of, TEXTS } from "./scene.ts";
import { ROOT, type WorldProcess } from "./world.ts";

/** What a process does. It fails with `CONFLICT` or `NOT_FOUND` where others get in its way, and with nothing else. */
export type Deed = (scene: Scene, process: WorldProcess) => Promise<void>;

function ingest(text: string, artifact: string, { onChange = "replace" }: { readonly onChange?: OnChange } = {}): Deed {
  return async ({ promised }, { catalog, of }) => {
    const { outcome } = await catalog.ingest(encode(text), metaOf(artifact), { onChange });
    if (outcome !== "kept") promised.add(labelOf(of, artifact));
  };
}

function add(path: string, into: AddInto, { recursive = false }: { readonly recursive?: boolean } = {}): Deed {
  return async (_scene, { catalog }) => {
    await catalog.add([{ path }], { into, recursive });
  };
}

function importList(path: string, into?: "copy" | "move" | "hardlink"): Deed {
  return async (_scene, { catalog }) => {
    await catalog.importManifest({ path }, { format: "jsonl", allowOutside: true, into });
  };
}

function remove(artifact: string): Deed {
  return async ({ removed }, { catalog, sql, of }) => {
    const statement = { sql: "SELECT id FROM documents WHERE artifact_id = ?", parameters: [artifact] };
    const rows = await sql.query(statement);
    removed.add(labelOf(of, artifact));
    if (rows.length > 0) await catalog.remove(rows.map(([id]) => Number(id)));
  };
}

/** Brings a row back. Who is told that it is there may rely on its bytes. */
function restore(artifact: string): Deed {
  return async ({ promised }, { catalog, of }) => {
    await catalog.restore([artifact], {
      apply: true,
      onRestored: ({ document }) => {
        if (document !== null) promised.add(labelOf(of, document.artifactId));
      },
    });
  };
}

/** Registers what may be there. Until somebody is told that it is, nothing is promised. */
function registerOrGet(text: string, uriOf: (scene: Scene) => string): Deed {
  return async (scene, { catalog, of, name }) => {
    const artifact = `registered by ${name}`;
    scene.unanswered.add(labelOf(of, artifact));
    const bytes = { bytes: text.length, sha256: sha256Of(encode(text)) };
    const { missing } = await catalog.registerOrGet({ ...metaOf(artifact), ...bytes, storageUri: uriOf(scene) });
    if (missing !== true) scene.unanswered.delete(labelOf(of, artifact));
  };
}

function finalize(path: string, meta: (process: WorldProcess) => IngestMeta): Deed {
  return async ({ promised }, process) => {
    const { artifactId } = meta(process);
    await process.catalog.finalize(path, meta(process), { transfer: "move" });
    promised.add(labelOf(process.of, artifactId));
  };
}

const LISTED = `${DOWNLOADS}/listed.jsonl`;
const RESIDENT = `${DOWNLOADS}/resident.jsonl`;

/** What a process can do. */
export type DeedName =
  | "ingests new bytes"
  | "ingests new bytes, too"
  | "ingests what is known"
  | "ingests what is known by another key"
  | "ingests what nobody names"
  | "ingests what was lost"
  | "ingests what was lost elsewhere"
  | "ingests what a row of before names"
  | "ingests what a row of before names by another key"
  | "ingests nothing"
  | "ingests nothing by the name of what nobody names"
  | "ingests others by the name of what nobody names"
  | "replaces what is known"
  | "ingests another rendering"
  | "moves a file in"
  | "adds a file"
  | "adds a file by its folder"
  | "adds a file by the folder above"
  | "adds a file where it lies"
  | "adds what nobody names"
  | "takes in a file by copy"
  | "takes in a file by move"
  | "takes in a file by hardlink"
  | "imports in place"
  | "imports into the root by copy"
  | "imports into the root by move"
  | "imports into the root by hardlink"
  | "adds a file of the root where it lies"
  | "imports a file of the root in place"
  | "moves a file of the root in"
  | "moves a file of the root in that nobody names"
  | "imports a file of the root into it by move"
  | "registers what nobody names"
  | "registers what is known"
  | "relocates what was moved into the root"
  | "removes what is known"
  | "removes what a row of before names"
  | "removes what nobody named"
  | "restores what nobody names"
  | "restores what is known"
  | "removes what is known, and restores it";

/** What processes do, by what is said about it. */
export const DEEDS: Readonly<Record<DeedName, Deed>> = {
  "ingests new bytes": ingest(TEXTS.new, "new"),
  "ingests new bytes, too": ingest(TEXTS.new, "newer"),
  "ingests what is known": ingest(TEXTS.known, "known"),
  "ingests what is known by another key": ingest(TEXTS.known, "known again"),
  "ingests what nobody names": ingest(TEXTS.orphan, "orphan"),
  "ingests what was lost": ingest(TEXTS.lost, "lost"),
  "ingests what was lost elsewhere": ingest(TEXTS.strayed, "strayed"),
  "ingests what a row of before names": ingest(TEXTS.old, "old"),
  "ingests what a row of before names by another key": ingest(TEXTS.old, "older"),
  "ingests nothing": ingest("", "empty"),
  "ingests nothing by the name of what nobody names": ingest("", "orphan"),
  "ingests others by the name of what nobody names": ingest(TEXTS.other, "orphan"),
  "replaces what is known": ingest(TEXTS.other, "known"),
  "ingests another rendering": ingest(TEXTS.other, "known", { onChange: "variant" }),
  "moves a file in": finalize(`${DOWNLOADS}/new`, ({ name }) => metaOf(`moved by ${name}`)),
  "adds a file": add(`${DOWNLOADS}/lib/one`, "copy"),
  "adds a file by its folder": add(`${DOWNLOADS}/lib`, "hardlink", { recursive: true }),
  "adds a file by the folder above": add(`${DOWNLOADS}/lib/..//lib/../lib/one`, "move"),
  "adds a file where it lies": add(`${DOWNLOADS}/lib/one`, "none"),
  "adds what nobody names": add(`${DOWNLOADS}/orphaned`, "copy"),
  "takes in a file by copy": add(`${DOWNLOADS}/listed`, "copy"),
  "takes in a file by move": add(`${DOWNLOADS}/listed`, "move"),
  "takes in a file by hardlink": add(`${DOWNLOADS}/listed`, "hardlink"),
  "imports in place": importList(LISTED),
  "imports into the root by copy": importList(LISTED, "copy"),
  "imports into the root by move": importList(LISTED, "move"),
  "imports into the root by hardlink": importList(LISTED, "hardlink"),
  "adds a file of the root where it lies": add(`${ROOT}/lying`, "none"),
  "imports a file of the root in place": importList(`${DOWNLOADS}/shown.jsonl`),
  "moves a file of the root in": finalize(`${ROOT}/resident`, () => metaOf("resident")),
  "moves a file of the root in that nobody names": finalize(`${ROOT}/lying`, ({ name }) => metaOf(`moved by ${name}`)),
  "imports a file of the root into it by move": importList(RESIDENT, "move"),
  "registers what nobody names": registerOrGet(TEXTS.orphan, ({ places }) => places.orphan),
  "registers what is known": registerOrGet(TEXTS.known, ({ places }) => places.known),
  "relocates what was moved into the root": async (_scene, { catalog }) => {
    await catalog.relocate({ from: ELSEWHERE, to: `${ROOT}/moved` });
  },
  "removes what is known": remove("known"),
  "removes what a row of before names": remove("old"),
  "removes what nobody named": remove("orphan"),
  "restores what nobody names": restore("orphan"),
  "restores what is known": restore("known"),
  "removes what is known, and restores it": async (scene, process) => {
    await remove("known")(scene, process);
    await restore("known")(scene, process);
  },
};

/** All of them. */
export const DEED_NAMES = Object.keys(DEEDS) as readonly DeedName[];
