import { createDigestStreamHasher } from "../../../src/adapters/hash/digest-stream.ts";
import { assertEquals } from "../../../src/testing/assert.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";

/** The hasher of workerd around the size at which it changes its way, against `crypto.subtle`. */
export function testHasherLimits(runner: SuiteRunner): void {
  runner.describe("Hasher of workerd", () => {
    runner.it("gives the same digest on both sides of what it keeps", async () => {
      const bytes = Uint8Array.from({ length: 40_000 }, (_, index) => (index * 7919) >> 3);
      for (const sizeBytes of [32_767, 32_768, 32_769, 40_000]) {
        const whole = bytes.subarray(0, sizeBytes);
        const expected = Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", whole.slice())));
        for (const firstBytes of [0, 1, 20_000, sizeBytes]) {
          const stream = await createDigestStreamHasher().create();
          await stream.update(whole.subarray(0, firstBytes));
          await stream.update(whole.subarray(firstBytes));
          const hex = expected.map((byte) => byte.toString(16).padStart(2, "0")).join("");
          assertEquals(await stream.digest(), hex, `${firstBytes} of ${sizeBytes} bytes first`);
        }
      }
    });
  });
}
