import type { Catalog } from "../catalog/catalog.ts";
import type { Settings } from "../core/settings.ts";
import { type CommonPorts, type OpenMode, openWithPorts, type SqlJsLoader } from "./_open-with-ports.ts";

/** {@link openWithPorts}, or, with `dryRun`, all of it in memory: then nothing at all is written. */
export async function openHost(
  settings: Settings,
  mode: OpenMode,
  { dryRun = false, ...ports }: CommonPorts & SqlJsLoader & { readonly dryRun?: boolean | undefined },
): Promise<Catalog> {
  if (!dryRun) return openWithPorts(settings, mode, ports);
  const { openScratch } = await import("./_open-scratch.ts");
  return openScratch(settings, mode, ports);
}
