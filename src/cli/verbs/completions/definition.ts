import { createVerb, type Verb } from "../verb.ts";

/** The words and flags of `catalog completions`, and what is said about them. */
export const DEFINITION = {
  verb: "completions",
  summary: "print a script that completes commands and flags in a shell",
  arguments: [{ name: "SHELL", kind: "text", choices: ["bash", "zsh", "fish"], summary: "bash, zsh or fish" }],
  flags: [],
  examples: [
    ["completions bash > ~/.local/share/bash-completion/completions/catalog", "for bash"],
    ["completions zsh > ~/.zfunc/_catalog", "for zsh, with ~/.zfunc in fpath"],
    ["completions fish > ~/.config/fish/completions/catalog.fish", "for fish"],
  ],
} as const;

/** `catalog completions` */
export const COMPLETIONS: Verb = createVerb(DEFINITION, () => import("./run.ts"));
