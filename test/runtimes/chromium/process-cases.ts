import { webCryptoEntropy } from "../../../src/adapters/entropy/web-crypto.ts";
import { openWebLockProcessTable, type WebLockProcessTable } from "../../../src/adapters/process/web-locks.ts";
import { holdLock } from "../../../src/adapters/web-locks.ts";
import { assert, assertEquals } from "../../../src/testing/assert.ts";
import type { SuiteRunner } from "../../../src/testing/suite-runner.ts";

/** Checks how pages and workers know of each other. */
export function testProcesses(runner: SuiteRunner): void {
  runner.describe("Host browser: processes", () => {
    runner.it("knows itself, and in time who is gone", async () => {
      const scope = webCryptoEntropy.nonce();
      const [one, other] = [await open(scope), await open(scope)];
      assertEquals([one.isAlive(one.self()), one.isAlive(other.self())], [true, undefined]);
      await settle(scope);
      assertEquals(one.isAlive(other.self()), undefined, "somebody who lives");
      await settle(scope);
      await other.close();
      assertEquals(one.isAlive(other.self()), undefined, "the first question");
      while (one.isAlive(other.self()) === undefined) await settle(scope);
      assertEquals(one.isAlive(other.self()), false);
      await one.close();
    });

    runner.it("knows nothing of those of other origins, or who do not say when they began", async () => {
      const [one, other] = [await open("one"), await open("other")];
      assertEquals(one.isAlive(other.self()), undefined);
      assertEquals(one.isAlive({ ...one.self(), startedAt: null }), undefined);
      await Promise.all([one.close(), other.close()]);
    });

    runner.it("takes a lock that is free, and says so when it is not", async () => {
      const name = webCryptoEntropy.nonce();
      const wanted = { mode: "exclusive", ifAvailable: true } as const;
      const release = await holdLock(navigator.locks, name, wanted);
      assert(release !== undefined, "expected the lock to be free");
      assertEquals(await holdLock(navigator.locks, name, wanted), undefined);
      await release();
      const again = await holdLock(navigator.locks, name, wanted);
      assert(again !== undefined, "expected the lock to be free again");
      await again();
    });
  });
}

function open(scope: string): Promise<WebLockProcessTable> {
  return openWebLockProcessTable({ locks: navigator.locks, scope, entropy: webCryptoEntropy });
}

/** The browser answers requests for locks one after the other. */
async function settle(scope: string): Promise<void> {
  await navigator.locks.request(`${scope} nobody`, async () => {});
}
