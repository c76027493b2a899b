/* Opens a catalog file that somebody drops, and searches it. The file is only read, and goes nowhere. */
import { openCatalog } from "./content-catalog/browser.mjs";

const SHOWN = 100;

const element = (id) => document.getElementById(id);
let catalog;
let searching = new AbortController();

/** Opens another file instead of the one before. */
async function open(file) {
  element("status").textContent = `Opening ${file.name} ...`;
  await catalog?.close();
  catalog = undefined;
  try {
    catalog = await openCatalog({ file });
    const { documents } = await catalog.stats();
    element("text").disabled = false;
    element("status").textContent = `${file.name}: ${documents} documents`;
    await search();
  } catch (error) {
    // What to do about it is the hint of every error of the catalog.
    element("status").textContent = [error.message, error.hint].filter(Boolean).join(". ");
  }
}

/** Shows what matches; whatever is still being searched for is given up. */
async function search() {
  searching.abort();
  searching = new AbortController();
  const { signal } = searching;
  const text = element("text").value.trim();
  const items = [];
  for await (const record of catalog.search(text === "" ? {} : { text }, { signal })) {
    const item = document.createElement("li");
    item.textContent = `${record.artifactId}: ${record.bytes} bytes at ${record.storageUri}`;
    items.push(item);
    if (items.length === SHOWN) break;
  }
  if (!signal.aborted) element("records").replaceChildren(...items);
}

element("file").addEventListener("change", ({ target }) => open(target.files[0]));
element("text").addEventListener("input", () => void search());
element("search").addEventListener("submit", (event) => event.preventDefault());
element("drop").addEventListener("dragover", (event) => event.preventDefault());
element("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file !== undefined) void open(file);
});
