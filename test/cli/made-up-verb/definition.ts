import { createVerb, type Verb } from "../../../src/cli/verbs/verb.ts";

/** The words and flags of `catalog greet`, and what is said about them. */
export const DEFINITION = {
  verb: "greet",
  summary: "greet somebody",
  arguments: [{ name: "NAME", kind: "text", summary: "who is greeted" }],
  flags: [
    { name: "tone", kind: "choice", choices: ["warm", "formal"], placeholder: "TONE", summary: "how; default: warm" },
    { name: "times", kind: "integer", minimum: 1, placeholder: "N", summary: "how often; default: once" },
  ],
  examples: [["greet --tone formal Ada", "greet somebody formally"]],
} as const;

/** `catalog greet` */
export const GREET: Verb = createVerb(DEFINITION, () => import("./run.ts"));
