import { changeBatches, changeStore } from "../../simulation/change-ports.ts";
import type { ChangePorts } from "../../simulation/world.ts";
import type { VerifyPart } from "./scenario.ts";

/** What verifying, or what it relies on, can do wrong, and who is beside it then; somebody is held up at a step. */
export interface VerifyMutant {
  readonly changePorts: ChangePorts;
  readonly parts: (step: number) => readonly VerifyPart[];
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
