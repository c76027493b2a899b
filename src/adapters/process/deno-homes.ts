import { USUAL_HOMES } from "../../core/naming/usual-homes.ts";

/** What this adapter uses of Deno, so that nobody needs Deno's types to compile it. */
interface DenoEnvironment {
  readonly env: { get(name: string): string | undefined };
  readonly permissions: { querySync(descriptor: DenoPermission): { readonly state: string } };
}

type DenoPermission =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "read"; readonly path: string };

declare const Deno: DenoEnvironment;

/**
 * The home folder of whoever runs this process, and the usual ones, as far as they may be looked at: what is not
 * permitted is never asked for at a terminal.
 */
export function findDenoHomes(): readonly string[] {
  const isTold = isGranted({ name: "env", variable: "HOME" });
  const home = isTold ? Deno.env.get("HOME") : undefined;
  const homes = home === undefined || home === "" ? USUAL_HOMES : [home, ...USUAL_HOMES];
  return homes.filter((path) => isGranted({ name: "read", path }));
}

function isGranted(permission: DenoPermission): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
