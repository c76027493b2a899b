import type { DigestFiles } from "../../../src/adapters/digest/digest-files.ts";
import type { FileKind, FileStat } from "../../../src/ports/file-system.ts";

/** A file as it is at one moment. */
export interface FileState {
  readonly bytes: Uint8Array;
  readonly identity: string;
  readonly modifiedMs: number;
  readonly kind: FileKind;
}

/** One file, which a test changes between two calls, or lets a call fail on. */
export interface FileOfTest {
  readonly files: DigestFiles;
  /** What the name stands for. */
  state: FileState | undefined;
  /** Called before each call, with its name and how often that was called. */
  before: (call: "open" | "stat" | "read" | "close" | "look", count: number) => void;
  /** How often each was called. */
  readonly counts: Map<string, number>;
}

/** As much is read at once here, at most. */
export const CHUNK_BYTES = 4;

/** A file that is there. */
export function stateOf(text: string, changes: Partial<FileState> = {}): FileState {
  return { bytes: new TextEncoder().encode(text), identity: "1:1", modifiedMs: 1000, kind: "file", ...changes };
}

/** A file with this content, and nothing goes wrong. */
export function createFileOfTest(text: string): FileOfTest {
  const counts = new Map<string, number>();
  const tell = (call: "open" | "stat" | "read" | "close" | "look"): void => {
    counts.set(call, (counts.get(call) ?? 0) + 1);
    file.before(call, counts.get(call) ?? 0);
  };
  const files: DigestFiles = {
    open() {
      tell("open");
      const opened = file.state;
      if (opened === undefined) throw posixError("ENOENT");
      // What is open stays; what is written to it is seen.
      const now = (): FileState => (file.state?.identity === opened.identity ? file.state : opened);
      return {
        stat() {
          tell("stat");
          return asStat(now());
        },
        read(target, position) {
          tell("read");
          const bytes = now().bytes.subarray(position, position + CHUNK_BYTES);
          target.set(bytes);
          return bytes.byteLength;
        },
        close: () => tell("close"),
      };
    },
    look() {
      tell("look");
      return file.state && asStat(file.state);
    },
  };
  const file: FileOfTest = { files, state: stateOf(text), before: () => {}, counts };
  return file;
}

/** As the system fails. */
export function posixError(code: string): Error {
  return Object.assign(new Error(`${code}: as planned`), { code });
}

function asStat({ bytes, ...rest }: FileState): FileStat {
  return { ...rest, sizeBytes: bytes.byteLength, links: 1, mode: 0o644 };
}
