/* What measuring costs: our work as it is, without an SDK and with one, beside the same with the calls compiled out. */
import { join } from "node:path";
import { build } from "esbuild";
import { makeLookUps } from "./catalog.bench.mjs";
import { program, ROOT } from "./measure.mjs";

/** What each module that measures is where nothing does. */
const COMPILED_OUT = [
  [/catalog\/telemetry\/timed\.ts$/, "export const timed = (_context, work) => work();"],
  [/catalog\/telemetry\/timed-hash\.ts$/, "export const TimedHash = function (hash) { return hash; };"],
  [/catalog\/telemetry\/measured-sql\.ts$/, "export const MeasuredSql = function (sql) { return sql; };"],
  [/catalog\/telemetry\/figures\.ts$/, "export const figuresOf = () => undefined;"],
  [/catalog\/telemetry\/note-registered\.ts$/, "export const noteRegistered = () => {};"],
  [
    /catalog\/telemetry\/count-ingested\.ts$/,
    "export const countHit = () => {}; export const countIngested = () => {};",
  ],
  [/adapters\/sql\/oplog\/measured\.ts$/, "export const measured = (_parts, _name, work) => work();"],
  [
    /adapters\/telemetry\/choose-telemetry\.ts$/,
    "export const chooseTelemetry = () => ({ span: (_name, _attributes, work) => work() });",
  ],
];

/** The host for Node in one file, as `node.mjs` in a folder. */
async function bundle(folder, plugins) {
  await build({
    ...{ entryPoints: [join(ROOT, "src/hosts/node.ts")], outfile: join(folder, "node.mjs"), plugins },
    ...{ bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "error" },
  });
  return folder;
}

const compileOut = {
  name: "compile-out",
  setup: ({ onLoad }) => {
    for (const [filter, contents] of COMPILED_OUT) onLoad({ filter }, () => ({ contents, loader: "js" }));
  },
};

const [AS_IT_IS, WITHOUT_CALLS, WITH_SDK] = ["no SDK", "no calls", "an SDK in memory"];

/** Measuring costs next to nothing where nobody listens, and little where somebody does. */
export const telemetry = {
  name: "telemetry",
  async prepare({ folder, size = 2000 }) {
    const calls = await bundle(join(folder, "calls"), []);
    const noCalls = await bundle(join(folder, "no-calls"), [compileOut]);
    const builds = {
      [AS_IT_IS]: { BENCH_DIST: calls },
      [WITHOUT_CALLS]: { BENCH_DIST: noCalls },
      [WITH_SDK]: { BENCH_DIST: calls, BENCH_SDK: "1" },
    };
    const sidesOf = (what, builtAs, commandOf) =>
      builtAs.map((build) => {
        const fresh = join(folder, `${what} ${build}`.replaceAll(" ", "-"));
        return { name: `${what}, ${build}`, env: builds[build], fresh, timing: "reported", command: commandOf(fresh) };
      });
    const { path, queries } = await makeLookUps(folder, size * 5);
    return {
      title: `measuring ${size} ingests of 2 kB, ${size} registrations and look-ups`,
      sides: [
        ...sidesOf("ingest", Object.keys(builds), (fresh) =>
          program("ingest-small.mjs", join(fresh, "root"), size, "cas"),
        ),
        ...sidesOf("register", [AS_IT_IS, WITHOUT_CALLS], (fresh) =>
          program("register-ours.mjs", join(fresh, "catalog.sqlite"), size, 64),
        ),
        ...sidesOf("look-up", [AS_IT_IS, WITHOUT_CALLS], () => program("look-up-ours.mjs", path, queries, "id")),
      ],
      comparisons: [
        ...["time", "processor"].flatMap((figure) =>
          ["ingest", "register", "look-up"].map((what) => {
            return { ours: `${what}, ${AS_IT_IS}`, peer: `${what}, ${WITHOUT_CALLS}`, figure, goal: 1.02 };
          }),
        ),
        // The processor loads the SDK as well, which is no work of ours.
        { ours: `ingest, ${WITH_SDK}`, peer: `ingest, ${AS_IT_IS}`, figure: "time", goal: 1.05 },
      ],
    };
  },
};
