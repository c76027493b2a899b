/* The peer: cacache, with the same hash. Arguments: folder (new), how many, what: new or again. */
import cacache from "cacache";
import { forEachAtOnce, makeFiles } from "./place-files.mjs";
import { reportTime } from "./report.mjs";

const [folder = "", count = "0", what = "new"] = process.argv.slice(2);
const files = makeFiles(Number(count));
const putAll = () =>
  forEachAtOnce(files, ({ key, bytes }) => cacache.put(folder, key, bytes, { algorithms: ["sha256"] }));
if (what === "again") await putAll();
await reportTime(putAll);
