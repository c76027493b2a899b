import type { OpfsAccess } from "./vendor.ts";

/** A file that somebody has or had open, or made, since the first of the pages that are open now was opened. */
export interface NamedFile {
  /** Names it among all pages. */
  readonly key: string;
  /** What the port tells files apart by; it outlives a rename. */
  readonly identity: string;
  /** `undefined` when it has no name any more; what is left of it then stands under its key. */
  path: string | undefined;
  /** Permission bits, which the browser does not keep. */
  mode: number;
  /** How many handles this page has on it. */
  handles: number;
  /** Tells other pages that it is not open here any more. */
  release: (() => Promise<void>) | undefined;
}

/**
 * One line of the list that all pages share: what happens to the names of files. It is written before it happens, so
 * that whoever reads it can finish what a page that died has begun.
 */
export type NameLine =
  | readonly [kind: "at", key: string, path: string, mode: number, identity: string]
  | readonly [kind: "move", key: string, from: string, to: string, kept: string | null]
  | readonly [kind: "gone", key: string, path: string, kept: boolean];

/** Bits of a file that nothing is known about: those that most systems give a new one. */
export const DEFAULT_MODE = 0o644;

const GENERATION_BYTES = 33;

/**
 * Which file has which name, as all pages of the origin know it. The browser tells files apart by their paths only; so
 * what a handle stands for after a rename, or when another file has its name, is kept here, in a list in a file. The
 * list begins anew with the first page.
 */
export class OpfsNames {
  readonly #byPath = new Map<string, NamedFile>();
  readonly #byKey = new Map<string, NamedFile>();
  #generation = "";
  #position = 0;
  #unfinished: NameLine | undefined;
  #list: OpfsAccess | undefined;

  /** The file that has a path now; `undefined` for one that nobody has opened or made. */
  find(path: string): NamedFile | undefined {
    return this.#byPath.get(path);
  }

  /** The newest line, if another page wrote it: it may have died before it did so. It stays until {@link markFinished}. */
  get unfinished(): NameLine | undefined {
    return this.#unfinished;
  }

  /** How long the list is. */
  get sizeBytes(): number {
    return this.#position;
  }

  /** Takes in what other pages wrote. The list is open until {@link end}. */
  begin(list: OpfsAccess, nonce: string): void {
    this.#list = list;
    const generation = decode(readBytes(list, 0, Math.min(GENERATION_BYTES, list.getSize())));
    if (generation.length < GENERATION_BYTES) this.writeAnew(list, nonce)();
    else if (generation !== this.#generation) this.#reload(generation);
    const text = decode(readBytes(list, this.#position, Math.max(0, list.getSize() - this.#position)));
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    for (const line of whole.split("\n").map(findLine)) {
      if (line === undefined) continue;
      this.#unfinished = line;
      this.#apply(line);
    }
    this.#position += new TextEncoder().encode(whole).byteLength;
    // Who wrote a part of a line is dead: nobody else writes now.
    if (whole !== text) list.truncate(this.#position);
  }

  /** Says that what another page has begun is finished. */
  markFinished(): void {
    this.#unfinished = undefined;
  }

  /** Closes the list. */
  end(): void {
    this.#list?.close();
    this.#list = undefined;
  }

  /** Writes a list of what there is now; it is the one that counts when what this gives is called. */
  writeAnew(list: OpfsAccess, nonce: string): () => void {
    const generation = `${nonce}\n`;
    const lines = [...this.#byPath].map(([path, file]) => `${JSON.stringify(lineOf(file, path))}\n`);
    const bytes = new TextEncoder().encode(`${generation}${lines.join("")}`);
    list.truncate(0);
    writeWhole(list, bytes, 0);
    return () => {
      this.#generation = generation;
      this.#position = bytes.byteLength;
    };
  }

  /** Forgets everything: nobody has a file open. */
  forget(nonce: string): void {
    this.#byPath.clear();
    this.#byKey.clear();
    this.writeAnew(this.#opened(), nonce)();
  }

  /** Writes a line down and takes it in; `durable` when files depend on it that a power failure must not part. */
  note(line: NameLine, { durable = false }: { readonly durable?: boolean } = {}): void {
    this.#write(line);
    if (durable) this.#opened().flush();
    this.#apply(line);
  }

  /** Gives a file its entry. */
  add(file: {
    readonly key: string;
    readonly path: string;
    readonly mode: number;
    readonly identity: string;
  }): NamedFile {
    this.note(["at", file.key, file.path, file.mode, file.identity]);
    return this.#entry(file.key, file.identity);
  }

  #write(line: NameLine): void {
    const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
    writeWhole(this.#opened(), bytes, this.#position);
    this.#position += bytes.byteLength;
  }

  #opened(): OpfsAccess {
    if (this.#list === undefined) throw new TypeError("Cannot note a name: it is nobody's section");
    return this.#list;
  }

  /** Somebody wrote the list anew; a file that is not in it has no name any more. */
  #reload(generation: string): void {
    this.#generation = generation;
    this.#position = GENERATION_BYTES;
    this.#byPath.clear();
    for (const file of this.#byKey.values()) {
      file.path = undefined;
      if (file.handles === 0) this.#byKey.delete(file.key);
    }
  }

  #apply(line: NameLine): void {
    const [kind, key] = line;
    if (kind === "at") {
      const file = this.#entry(key, line[4]);
      file.mode = line[3];
      this.#put(file, line[2]);
    } else if (kind === "move") {
      const file = this.#byKey.get(key);
      if (file !== undefined) this.#put(file, line[3]);
    } else {
      this.#drop(line[2]);
    }
  }

  #entry(key: string, identity: string): NamedFile {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const file: NamedFile = { key, identity, path: undefined, mode: DEFAULT_MODE, handles: 0, release: undefined };
    this.#byKey.set(key, file);
    return file;
  }

  #put(file: NamedFile, path: string): void {
    if (this.#byPath.get(path) === file) return;
    this.#drop(path);
    if (file.path !== undefined) this.#byPath.delete(file.path);
    file.path = path;
    this.#byPath.set(path, file);
  }

  #drop(path: string): void {
    const file = this.#byPath.get(path);
    if (file === undefined) return;
    this.#byPath.delete(path);
    file.path = undefined;
    if (file.handles === 0) this.#byKey.delete(file.key);
  }
}

/** The line that says where a file is. */
export function lineOf({ key, mode, identity }: NamedFile, path: string): NameLine {
  return ["at", key, path, mode, identity];
}

/** What a line says; nothing where a power failure has left other bytes: nobody but this class writes the list. */
function findLine(text: string): NameLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return Array.isArray(line) ? (line as unknown as NameLine) : undefined;
  } catch {
    return undefined;
  }
}

function writeWhole(list: OpfsAccess, bytes: Uint8Array, at: number): void {
  if (list.write(bytes, { at }) === bytes.byteLength) return;
  list.truncate(at);
  throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
}

function readBytes(list: OpfsAccess, at: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  return bytes.subarray(0, list.read(bytes, { at }));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
