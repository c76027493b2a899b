import { parseSha256 } from "../../../../src/core/sha256.ts";
import type { Hasher } from "../../../../src/ports/hasher.ts";
import { changeBatches, changeQueries, changeStore } from "../../simulation/change-ports.ts";
import { encode, sha256Of } from "../../simulation/scene.ts";
import type { ChangePorts } from "../../simulation/world.ts";
import { WITH_BUDGET } from "./deeds.ts";
import type { VerifyPart } from "./scenario.ts";
import { ROTTEN_SPARE, TEXTS } from "./scene.ts";

/** What verifying, or what it relies on, can do wrong, and who is beside it then; somebody is held up at a step. */
export interface VerifyMutant {
  readonly changePorts: ChangePorts;
  readonly parts: (step: number) => readonly VerifyPart[];
}

/** What asks for the rows of blobs, with their sizes. */
const SIZES = /^SELECT (?:storage_uri, id|due\.storage_uri, 0), /;

/** Says of the damaged copy that it has the hash which is wanted, as who has not hashed it yet. */
function takingCopiesForRight(hasher: Hasher): Hasher {
  return {
    ...hasher,
    create: async () => {
      const [inner, decoder] = [await hasher.create(), new TextDecoder()];
      let text = "";
      return {
        update: (bytes) => {
          text += decoder.decode(bytes, { stream: true });
          return inner.update(bytes);
        },
        digest: () => (text.startsWith(ROTTEN_SPARE) ? parseSha256(sha256Of(encode(TEXTS.two))) : inner.digest()),
      };
    },
  };
}

/** The condition by which a result gives way to a later one. */
const LATER = "(verifications.checked_at <= excluded.checked_at OR verifications.checked_at > ?)";

/** By what it is that each of them does. */
export const VERIFY_MUTANTS: Readonly<Record<string, VerifyMutant>> = {
  "puts aside what has the name by then": {
    changePorts: (ports) => {
      const { store } = ports;
      return changeStore(ports, {
        setAside: async (key, options) => {
          const found = await store.stat(key);
          return found && store.setAside(key, { ...options, found });
        },
      });
    },
    parts: (step) => [
      { does: "verifies, and puts aside", calamity: "pause", atStep: step },
      { does: "heals two", begins: "duringPause" },
    ],
  },
  "lets what was verified outlive the bytes": {
    changePorts: (ports) =>
      changeBatches(ports, (statements) =>
        statements.map((each) => {
          if (!each.sql.startsWith("DELETE FROM verifications")) return each;
          return { sql: "DELETE FROM verifications WHERE uri = ?", parameters: ["nothing"] };
        }),
      ),
    parts: (step) => [
      { does: "verifies" },
      { does: "removes one, and ingests others by its name", begins: "afterPause", calamity: "pause", atStep: step },
    ],
  },
  "gives a name its bytes before they are hashed": {
    changePorts: (ports) => ({ ...ports, hasher: takingCopiesForRight(ports.hasher) }),
    parts: (step) => [
      { does: "repairs two", calamity: "pause", atStep: step },
      { does: "damages the copy", begins: "duringPause" },
    ],
  },
  "looks at the budget when a blob was read": {
    changePorts: (ports) =>
      changeQueries(ports, (query) => async (statement, options) => {
        const rows = await query(statement, options);
        // Nobody knows before how many bytes that will be.
        return SIZES.test(statement.sql) ? rows.map((row) => [...row.slice(0, -1), null]) : rows;
      }),
    parts: (step) => [{ does: WITH_BUDGET, calamity: "pause", atStep: step }],
  },
  "takes whatever lies in quarantine for old": {
    changePorts: (ports) => {
      const { store } = ports;
      return changeStore(ports, {
        listQuarantined: async function* () {
          for await (const page of store.listQuarantined()) yield page.map((each) => ({ ...each, quarantinedMs: 0 }));
        },
      });
    },
    parts: (step) => [
      { does: "verifies, and puts aside" },
      { does: "collects what was bad for a day", begins: "afterPause", calamity: "pause", atStep: step },
    ],
  },
  "writes late results over later ones": {
    changePorts: (ports) =>
      changeBatches(ports, (statements) =>
        statements.map((each) => ({ ...each, sql: each.sql.replace(LATER, "(? IS NOT NULL)") })),
      ),
    parts: (step) => [
      { does: "verifies", calamity: "pause", atStep: step },
      { does: "verifies", begins: "duringPause" },
    ],
  },
};
