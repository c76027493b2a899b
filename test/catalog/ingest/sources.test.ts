import { describe, expect, it } from "vitest";
import { createMemoryFileSystem } from "../../../src/adapters/fs/memory.ts";
import type { IngestSource } from "../../../src/catalog/ingest/source-bytes.ts";
import { createFaultyFileSystem } from "../../../src/testing/faulty-file-system.ts";
import { type IngestWorld, openWorld, streamOf, type WorldOptions } from "./_ingest-world.ts";

/** Runs an ingest that must fail, and checks that it left nothing. */
async function fail(work: (world: IngestWorld) => Promise<unknown>, options: WorldOptions = {}): Promise<unknown> {
  const world = await openWorld({ layout: "cas", ...options });
  const error = await work(world).then(
    () => expect.fail("expected a failure"),
    (caught: unknown) => caught,
  );
  expect(await world.files()).toEqual({});
  if (options.sql !== "none") expect(await world.rows()).toEqual([]);
  return error;
}

/** A response that says how long it is. */
function response(body: BodyInit | null, headers: Record<string, string>, status = 200): Response {
  return new Response(body, { headers, status });
}

describe("a Response", () => {
  it.each([404, 500, 304])("with status %i is refused, and its body cancelled", async (status) => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>(
      {
        cancel: () => {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const bad = new Response(status === 304 ? null : body, { status, statusText: "Oh No" });
    const error = await fail((world) => world.ingest(bad));
    expect(error).toMatchObject({
      code: "REFUSED",
      message: `Cannot ingest "work-1": the response has status ${status} Oh No`,
    });
    expect(cancelled).toBe(status !== 304);
  });

  it("with a part only, without a status, or without bytes is refused", async () => {
    expect(await fail((world) => world.ingest(response("a", {}, 206)))).toMatchObject({
      code: "REFUSED",
      message: expect.stringContaining("only a part"),
    });
    expect(await fail((world) => world.ingest(response(null, {}, 204)))).toMatchObject({
      code: "REFUSED",
      message: expect.stringContaining("empty"),
    });
    expect(await fail((world) => world.ingest(response("", {})))).toMatchObject({ code: "REFUSED" });
    expect(await fail((world) => world.ingest(Response.error()))).toMatchObject({
      code: "REFUSED",
      message: expect.stringContaining("status 0"),
    });
    const opaque = Object.defineProperty(new Response("a"), "type", { value: "opaque" });
    expect(await fail((world) => world.ingest(opaque))).toMatchObject({
      message: expect.stringContaining("cannot be seen"),
    });
  });

  it.each([
    ["more", "hello", "4"],
    ["fewer", "hello", "6"],
    ["far fewer", "", "6"],
  ])("that says it has %s bytes than it has is refused", async (_what, body, length) => {
    const error = await fail((world) => world.ingest(response(body, { "content-length": length })));
    expect(error).toMatchObject({ code: "SIZE_MISMATCH", details: { expected: Number(length) } });
  });

  it("may say the length of what was compressed, or nonsense", async () => {
    const world = await openWorld();
    await world.ingest(response("hello", { "content-length": "3", "content-encoding": "gzip" }));
    await world.ingest(response("hello", { "content-length": "many" }));
    await world.ingest(response("hello", { "content-length": "5", "content-encoding": "identity" }));
    expect(await world.rows()).toHaveLength(3);
  });

  it("that was read before is a mistake", async () => {
    const read = new Response("hello");
    await read.text();
    expect(await fail((world) => world.ingest(read))).toBeInstanceOf(TypeError);
    const locked = new Response("hello");
    locked.body?.getReader();
    expect(await fail((world) => world.ingest(locked))).toMatchObject({
      message: 'Cannot ingest "work-1": the body of the response was read before',
    });
  });
});

describe("a source", () => {
  it("that fails is named, with how far it came", async () => {
    const error = await fail((world) => world.ingest(streamOf("hel", new Error("socket\nclosed"))));
    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      retryable: true,
      message: 'Cannot ingest "work-1": the source failed after 3 bytes: "socket\\nclosed"',
    });
    const odd = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error("no reason") });
    expect(await fail((world) => world.ingest(odd))).toMatchObject({ message: expect.stringContaining('"no reason"') });
  });

  it("that stalls is given up after the time it has", async () => {
    const never = new Promise<never>(() => {});
    const clock = { now: () => 0, monotonicMs: () => 0, sleep: async () => {} };
    const error = await fail((world) => world.ingest(streamOf("hel", never), {}, { idleTimeoutMs: 50 }), { clock });
    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("gave nothing for 50 ms after"),
    });
    const slow = await openWorld();
    const pause = new Promise((resolve) => setTimeout(resolve, 5));
    expect((await slow.ingest(streamOf("hel", pause, "lo"), {}, { idleTimeoutMs: 60_000 })).record.bytes).toBe(5);
  });

  it("that is aborted leaves nothing, whenever that is", async () => {
    const before = AbortSignal.abort("before");
    expect(await fail((world) => world.ingest("hello", {}, { signal: before }))).toBe("before");
    const controller = new AbortController();
    const stalled = new Promise<never>(() => setTimeout(() => controller.abort("while waiting"), 5));
    expect(await fail((world) => world.ingest(streamOf("hel", stalled), {}, { signal: controller.signal }))).toBe(
      "while waiting",
    );
    const failing = new AbortController();
    const stream = new ReadableStream<Uint8Array>({
      pull: (source) => {
        failing.abort("the reason");
        source.error(new Error("aborted somehow"));
      },
    });
    expect(await fail((world) => world.ingest(stream, {}, { signal: failing.signal }))).toBe("the reason");
    const late = new AbortController();
    const ending = new ReadableStream<Uint8Array>(
      {
        pull: (source) => {
          source.close();
          late.abort("at the end");
        },
      },
      { highWaterMark: 0 },
    );
    expect(await fail((world) => world.ingest(ending, {}, { signal: late.signal }))).toBe("at the end");
  });

  it("is cancelled when the store fails, begun or not", async () => {
    for (const operation of ["open", "write"] as const) {
      let cancelled: unknown;
      const source = new ReadableStream<Uint8Array>(
        {
          pull: (controller) => controller.enqueue(new Uint8Array(10)),
          cancel: (reason: unknown) => {
            cancelled = reason ?? "yes";
          },
        },
        { highWaterMark: 0 },
      );
      const fs = createFaultyFileSystem(createMemoryFileSystem(), {
        failAt: 1,
        operations: [operation],
        code: "ENOSPC",
      });
      const error = await fail((world) => world.ingest(source), { fs });
      expect(error).toMatchObject({ code: "NO_SPACE" });
      expect(cancelled).toBeDefined();
    }
  });

  it.each([
    ["a text", "hello", "encode a text"],
    ["nothing", undefined, "expected a ReadableStream"],
    ["a number", 5, "expected a ReadableStream"],
  ])("that is %s is a mistake", async (_what, source, message) => {
    const error = await fail(async (world) => {
      const { ingest } = await import("../../../src/catalog/ingest/ingest.ts");
      return ingest(world.context, source as unknown as IngestSource, world.meta({}), {});
    });
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
  });

  it("that is a stream of texts, or of somebody else, is a mistake", async () => {
    const texts = new ReadableStream({ start: (controller) => controller.enqueue("text") });
    expect(await fail((world) => world.ingest(texts))).toMatchObject({
      name: "TypeError",
      message: expect.stringContaining("gave string"),
    });
    const locked = streamOf("a");
    locked.getReader();
    expect(await fail((world) => world.ingest(locked))).toMatchObject({
      name: "TypeError",
      message: expect.stringContaining("somebody else reads"),
    });
  });
});

describe("what is expected", () => {
  it("of the bytes holds, or nothing is stored", async () => {
    const expectedSha256 = "0".repeat(64);
    expect(await fail((world) => world.ingest("hello", { expectedSha256 }))).toMatchObject({
      code: "INTEGRITY",
      details: { expected: expectedSha256 },
    });
    expect(await fail((world) => world.ingest(streamOf("hello"), { expectedBytes: 4 }))).toMatchObject({
      code: "SIZE_MISMATCH",
      message: expect.stringContaining("5 bytes or more came, expected 4"),
    });
    expect(await fail((world) => world.ingest(streamOf("hello"), { expectedBytes: 6 }))).toMatchObject({
      code: "SIZE_MISMATCH",
      message: expect.stringContaining("5 bytes came, expected 6"),
    });
    expect(await fail((world) => world.ingest("hello", { expectedBytes: 6 }))).toMatchObject({
      code: "SIZE_MISMATCH",
      details: { expected: 6, actual: 5 },
    });
    const world = await openWorld();
    expect(await world.ingest("hello", { expectedBytes: 5, expectedSha256: null })).toMatchObject({
      outcome: "created",
    });
  });

  it.each([
    ["an id of dots", { artifactId: "..." }, undefined],
    ["an id of 4096 characters", { artifactId: "x".repeat(4096) }, undefined],
    ["an id of 10,000 characters", { artifactId: "x".repeat(10_000) }, TypeError],
    ["an id with NUL", { artifactId: "a\0b" }, TypeError],
    ["an id of spaces", { artifactId: "  " }, TypeError],
    ["a hash that is none", { expectedSha256: "abc" }, SyntaxError],
    ["a size below 0", { expectedBytes: -1 }, RangeError],
    ["a basename that is none", { basename: 5 as unknown as string }, TypeError],
    ["a basename that climbs", { basename: "../../../etc/passwd" }, undefined],
  ])("of %s: stored inside of the root, or refused before anything is done", async (_what, meta, expected) => {
    if (expected !== undefined) {
      expect(await fail((world) => world.ingest("hello", meta))).toBeInstanceOf(expected);
      return;
    }
    const world = await openWorld();
    const { record } = await world.ingest("hello", meta);
    expect(record.storageUri).toMatch(/^file:\/\/\/root\/unpaywall\/[^/.][^/]*\/[^/.][^/]*$/);
    expect(Object.values(await world.files())).toEqual(["hello"]);
  });
});
