/*
 * A process that stores and removes documents, as its steps say: a key that has a row loses it, another one gets one. It
 * prints "adding" and "removing" before, and "added" and "removed" when that was acknowledged.
 */
const { entry, options, name, steps } = JSON.parse(process.argv[2] ?? "{}");
const { openCatalog } = await import(entry);

const catalog = await openCatalog(options);
const rows = new Map();

for (const { key, content } of steps) {
  const artifactId = `${name}/${key}`;
  const id = rows.get(key);
  if (id === undefined) {
    process.stdout.write(`adding ${key} ${content.number}\n`);
    const bytes = new TextEncoder().encode(content.text.repeat(content.times));
    const meta = { artifactId, sourceUrl: `https://example.org/${key}.txt`, resolver: "kills" };
    const { record } = await catalog.ingest(bytes, meta);
    rows.set(key, record.id);
    process.stdout.write(`added ${key} ${content.number}\n`);
  } else {
    process.stdout.write(`removing ${key}\n`);
    await catalog.remove([id]);
    rows.delete(key);
    process.stdout.write(`removed ${key}\n`);
  }
}
await catalog.close();
