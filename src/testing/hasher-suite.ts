import type { Hasher } from "../ports/hasher.ts";
import { assert, assertEquals, assertThrows } from "./assert.ts";
import type { SuiteRunner } from "./suite-runner.ts";

/** Message, how often it is repeated, and digest: FIPS 180-4 examples and NIST CSRC example values for SHA-256. */
const VECTORS: readonly (readonly [text: string, repeat: number, digest: string])[] = [
  ["", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    1,
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
    1,
    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
  ],
  ["a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

/** Bytes 0, 1, 2, ... modulo 251, so that no two blocks of 64 are alike. */
const PATTERN = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
const PATTERN_DIGEST = "cd2df694e424bc7968cc37f47751019e5ca0cd1bdf2e479ea537c3a1c32ee1aa";

/** Checks everything that the port {@link Hasher} promises. */
export function testHasher(runner: SuiteRunner, name: string, create: () => Hasher): void {
  runner.describe(`Hasher ${name}`, () => {
    testVectors(runner, create);
    testStreams(runner, create);
    testCallers(runner, create);
  });
}

function testVectors({ it }: SuiteRunner, create: () => Hasher): void {
  for (const [text, repeat, digest] of VECTORS) {
    it(`hashes ${repeat === 1 ? `"${text}"` : `${repeat} times "${text}"`}`, async () => {
      assertEquals(await hash(create(), [new TextEncoder().encode(text.repeat(repeat))]), digest);
    });
  }

  it("gives the same digest however the bytes are cut", async () => {
    const hasher = create();
    for (const sizeBytes of [1, 55, 56, 63, 64, 65, 127, 4096, 16_384, 65_537, 100_000]) {
      assertEquals(await hash(hasher, cut(PATTERN, sizeBytes)), PATTERN_DIGEST, `chunks of ${sizeBytes} bytes`);
    }
  });

  it("takes chunks of no bytes anywhere", async () => {
    const nothing = new Uint8Array(0);
    const chunks = [nothing, PATTERN.subarray(0, 64), nothing, nothing, PATTERN.subarray(64), nothing];
    assertEquals(await hash(create(), chunks), PATTERN_DIGEST);
  });
}

function testStreams({ it }: SuiteRunner, create: () => Hasher): void {
  it("has a name", () => {
    assert(create().name.length > 0, "expected a name for people");
  });

  it("makes any number of streams at once", async () => {
    const hasher = create();
    const streams = await Promise.all(Array.from({ length: 50 }, () => hasher.create()));
    for (const chunk of cut(PATTERN, 30_000)) {
      for (const stream of streams) await stream.update(chunk);
    }
    for (const stream of streams) assertEquals(await stream.digest(), PATTERN_DIGEST);
  });

  it("starts afresh after a stream that was finished, and after one that was left", async () => {
    const hasher = create();
    await hash(hasher, [PATTERN]);
    await (await hasher.create()).update(PATTERN);
    assertEquals(await hash(hasher, [PATTERN]), PATTERN_DIGEST);
  });
}

function testCallers({ it }: SuiteRunner, create: () => Hasher): void {
  it("lets the caller use the chunk's buffer again", async () => {
    const stream = await create().create();
    const buffer = new Uint8Array(1000);
    for (const chunk of cut(PATTERN, buffer.byteLength)) {
      buffer.set(chunk);
      await stream.update(buffer);
      buffer.fill(0);
    }
    assertEquals(await stream.digest(), PATTERN_DIGEST);
  });

  it("refuses a stream that is spent, and no other stream suffers", async () => {
    const hasher = create();
    const spent = await hasher.create();
    await spent.digest();
    const next = await hasher.create();
    await assertThrows(() => spent.update(PATTERN), "update after digest");
    await assertThrows(() => spent.digest(), "digest after digest");
    await next.update(PATTERN);
    assertEquals(await next.digest(), PATTERN_DIGEST);
  });
}

async function hash(hasher: Hasher, chunks: Iterable<Uint8Array>): Promise<string> {
  const stream = await hasher.create();
  for (const chunk of chunks) await stream.update(chunk);
  return stream.digest();
}

function* cut(bytes: Uint8Array, sizeBytes: number): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}
