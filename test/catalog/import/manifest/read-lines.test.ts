import { describe, expect, it } from "vitest";
import { type ReadLinesOptions, readLines, type TextLine } from "../../../../src/catalog/import/manifest/read-lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  // One buffer for all, as the reader of files has it: whoever keeps a piece must copy it.
  const buffer = new Uint8Array(size);
  for (let start = 0; start < bytes.length; start += size) {
    const piece = bytes.subarray(start, start + size);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

async function split(
  input: string | Uint8Array,
  options: Partial<ReadLinesOptions> & { size?: number } = {},
): Promise<TextLine[]> {
  const bytes = typeof input === "string" ? encode(input) : input;
  const { size = 7, ...rest } = options;
  const lines: TextLine[] = [];
  for await (const batch of readLines(inChunks(bytes, size), { name: "list.jsonl", ...rest })) lines.push(...batch);
  return lines;
}

const textsOf = (lines: readonly TextLine[]) => lines.map((line) => ("text" in line ? line.text : line.problem));

describe.each([1, 2, 3, 5, 64, 1000])("readLines in chunks of %i bytes", (size) => {
  it("splits at LF and CRLF, numbers from 1, and leaves no line out", async () => {
    const lines = await split("one\ntwo\r\n\nnaïve 名前 🙂\r\nlast", { size });
    expect(textsOf(lines)).toEqual(["one", "two", "", "naïve 名前 🙂", "last"]);
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  });

  it("needs no content, and no end of the last line", async () => {
    expect(await split("", { size })).toEqual([]);
    expect(textsOf(await split("a\n", { size }))).toEqual(["a"]);
    expect(textsOf(await split("\n", { size }))).toEqual([""]);
    expect(textsOf(await split("a", { size }))).toEqual(["a"]);
    expect(textsOf(await split("a\nb\r", { size }))).toEqual(["a", "b"]);
  });

  it("drops a byte order mark at the start only", async () => {
    expect(textsOf(await split("\ufeffa\n\ufeffb\n", { size }))).toEqual(["a", "\ufeffb"]);
    expect(await split("\ufeff", { size })).toEqual([]);
  });

  it("reports lines that are not UTF-8, and goes on", async () => {
    const bytes = Uint8Array.of(65, 10, 65, 66, 0xff, 67, 10, 0xe2, 40, 10, 66, 13, 10, 65, 0xe2, 0x82);
    expect(textsOf(await split(bytes, { size }))).toEqual([
      "A",
      "Cannot use the line: it is not valid UTF-8 (byte 3 of the line)",
      "Cannot use the line: it is not valid UTF-8 (byte 2 of the line)",
      "B",
      "Cannot use the line: it is not valid UTF-8 (byte 4 of the line)",
    ]);
  });

  it("reports binary lines, and goes on", async () => {
    expect(textsOf(await split("a\nb\0c\r\nd\n", { size }))).toEqual([
      "a",
      "Cannot use the line: it is binary (a NUL at byte 2 of the line)",
      "d",
    ]);
  });

  it("reports lines that are too long, and goes on", async () => {
    const lines = await split(`a\n${"x".repeat(50)}\n${"y".repeat(10)}\n${"z".repeat(11)}`, { size, maxLineBytes: 10 });
    const problem = "Cannot use the line: it is longer than 10 bytes";
    expect(textsOf(lines)).toEqual(["a", problem, "y".repeat(10), problem]);
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ["UTF-16", [0xff, 0xfe, 0x7b, 0]],
    ["UTF-16", [0xfe, 0xff, 0, 0x7b]],
    ["UTF-16", [0xff, 0xfe]],
    ["UTF-32", [0xff, 0xfe, 0, 0]],
    ["UTF-32", [0, 0, 0xfe, 0xff]],
  ])("refuses %s", async (encoding, bytes) => {
    await expect(split(Uint8Array.from(bytes), { size })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: `Cannot read "list.jsonl": it is ${encoding}, not UTF-8`,
      hint: `Convert it first, for example with: iconv -f ${encoding} -t UTF-8`,
    });
  });
});

describe("readLines", () => {
  it("gives up on a line that does not end", async () => {
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield encode("first\n");
      for (;;) yield new Uint8Array(1024).fill(120);
    };
    const lines: TextLine[] = [];
    const read = async (): Promise<void> => {
      for await (const batch of readLines(endless(), {
        name: "x\u0007",
        maxLineBytes: 4096,
        maxSkippedBytes: 1 << 20,
      })) {
        lines.push(...batch);
      }
    };
    await expect(read()).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: 'Cannot read "x\\x07": line 2 goes on for more than 1 MiB',
    });
    expect(textsOf(lines)).toEqual(["first"]);
  });

  it("keeps no more of a line of 100 MB than a line may have", async () => {
    const chunk = new Uint8Array(1 << 20).fill(120);
    let largest = 0;
    const huge = async function* (): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 100; count++) {
        largest = Math.max(largest, process.memoryUsage().arrayBuffers);
        yield chunk;
      }
      yield encode("\nnext\n");
    };
    const before = process.memoryUsage().arrayBuffers;
    const lines: TextLine[] = [];
    for await (const batch of readLines(huge(), { name: "huge" })) lines.push(...batch);
    expect(textsOf(lines)).toEqual(["Cannot use the line: it is longer than 16 MiB", "next"]);
    expect(largest - before).toBeLessThan(90 * 2 ** 20);
  });

  it("says its limits in the unit that fits", async () => {
    const endless = (maxSkippedBytes: number) => split("xxx".repeat(9), { maxLineBytes: 1, maxSkippedBytes, size: 1 });
    await expect(endless(5)).rejects.toThrow("line 1 goes on for more than 5 bytes");
    const read = async (): Promise<void> => {
      const chunk = new Uint8Array(1 << 29);
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        yield encode("xxxx");
        for (let count = 0; count < 3; count++) yield chunk;
      };
      for await (const _ of readLines(chunks(), { name: "n" }));
    };
    await expect(read()).rejects.toThrow("goes on for more than 1 GiB");
  });
});
