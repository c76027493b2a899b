import { parseRegistration, type Registration } from "../../core/document.ts";
import { type OnChange, parseOnChange, type RegisterResult } from "../../core/outcome.ts";
import { formatTimestamp } from "../../core/timestamp.ts";
import type { CallOptions } from "../call-options.ts";
import type { CapabilityContext } from "../capability-context.ts";
import { runJobs } from "../concurrency/run-jobs.ts";
import { CanonicalNames } from "../files/canonical-name.ts";
import { OwnUris } from "../files/own-uris.ts";
import { type EndingTombstones, findEndingTombstones, withRemoval } from "../tombstones/find-tombstones.ts";
import { selectAnyTombstone } from "../tombstones/tombstones-statements.ts";
import { type RegisterItem, registerItems, toRegisterResult } from "./register.ts";
import { isGone } from "./repoint-lost.ts";
import { findGivenKey } from "./rewrite-older-keys.ts";

/** Options of `registerOrGet` and `registerMany`. */
export interface RegisterOptions extends CallOptions {
  /** What is done when a key comes again with other bytes. @default what the catalog was opened with */
  readonly onChange?: OnChange | undefined;
}

/** Registers bytes that are stored already. */
export interface RegisterCapability {
  /**
   * Registers bytes that are stored already, or gives the row that has the key. Never reads or writes bytes: where a
   * hash is missing on either side the answer is `unverified`. When the row is there it looks whether the bytes are, too:
   * if not, the answer is `missing`.
   * @throws {CatalogError} REFUSED for the URI of a file of the catalog itself
   */
  registerOrGet(registration: Registration, options?: RegisterOptions): Promise<RegisterResult>;
  /** {@link registerOrGet} for many, in one durable step; the results stand in the same order. */
  registerMany(registrations: readonly Registration[], options?: RegisterOptions): Promise<readonly RegisterResult[]>;
}

/** The methods of {@link RegisterCapability}. */
export function createRegisterCapability(context: CapabilityContext): RegisterCapability {
  const own = context.placing && new OwnUris(context.placing);
  const register: RegisterCapability["registerMany"] = async (registrations, options = {}) =>
    registerMany(context, registrations, { ...options, onChange: options.onChange ?? context.onChange, own });
  return {
    registerOrGet: async (registration, options) => {
      const [result] = await register([registration], options);
      return result as RegisterResult;
    },
    registerMany: register,
  };
}

/** So many files are looked at, at a time. */
const LOOKS = 16;

async function registerMany(
  context: CapabilityContext,
  registrations: readonly Registration[],
  options: RegisterOptions & { readonly own: OwnUris | undefined },
): Promise<readonly RegisterResult[]> {
  const now = formatTimestamp(context.clock.now());
  const names = new CanonicalNames({ fs: context.fs, store: context.placing?.store });
  const items: RegisterItem[] = [];
  for (const each of registrations) {
    const registration = parseRegistration(each, now);
    const { uri: storageUri } = await names.locate(registration.storageUri, { follow: true });
    await options.own?.refuse(storageUri);
    items.push({ registration: { ...registration, storageUri }, variants: [], given: findGivenKey(each) });
  }
  const ending = await findEnding(context, items);
  const { onChange = "keep", signal } = options;
  const wanted = items.map((item, at) => ({ ...item, facts: ending?.[at]?.statements }));
  const registered = await registerItems(context, wanted, {
    onChange: parseOnChange(onChange),
    proof: "place",
    reportsUnproven: false,
    durable: true,
    now,
    records: true,
    names,
    signal,
  });
  const results = registered.map((each, at) => withRemoval(toRegisterResult(each), ending?.[at]?.removedBefore));
  return runJobs(results, { jobs: LOOKS, work: (result) => lookAt(context, result) });
}

/** What was removed on purpose and is wanted again, one an item; `undefined` where nothing ever was. */
async function findEnding(
  { sql }: CapabilityContext,
  items: readonly RegisterItem[],
): Promise<readonly EndingTombstones[] | undefined> {
  const isAny = (await sql.query(selectAnyTombstone())).length > 0;
  if (!isAny) return undefined;
  const ending: EndingTombstones[] = [];
  for (const { registration } of items) ending.push(await findEndingTombstones(sql, registration));
  return ending;
}

/** Bytes that have a row are collected by nobody: only now a look tells whether they are there, and stay. */
async function lookAt({ fs, placing }: CapabilityContext, result: RegisterResult): Promise<RegisterResult> {
  const { storageUri } = result.variant ?? result.record;
  if (placing === undefined || !(await isGone({ fs, store: placing.store }, storageUri))) return result;
  return { ...result, missing: true };
}
