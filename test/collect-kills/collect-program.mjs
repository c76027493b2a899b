/* A process that collects until it is killed. It prints a line for each plan, and for each line that was done or not. */
const { entry, options } = JSON.parse(process.argv[2] ?? "{}");
const { openCatalog } = await import(entry);

const catalog = await openCatalog(options);

for (let turn = 0; ; turn++) {
  try {
    const plan = await catalog.planCollect({ orphanTtlDays: 0, trash: turn % 2 === 1, giveBackFirst: true });
    process.stdout.write(`plan ${plan.size}\n`);
    await catalog.apply(plan, {
      force: true,
      onApplied: ({ action, uri }) => process.stdout.write(`${action} ${uri}\n`),
      onFinding: ({ kind, message }) => process.stdout.write(`finding ${kind} ${message}\n`),
    });
  } catch (error) {
    // Five others write to the catalog.
    if (error.code !== "BUSY") throw error;
  }
}
