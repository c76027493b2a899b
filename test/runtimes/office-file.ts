/** The start of a text document as word processors write it: a zip file whose first part, deflated, says what it is. */
export async function createTextDocument(): Promise<Uint8Array> {
  const type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
  const types = `<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="${type}"/></Types>`;
  const plain = new TextEncoder().encode(types);
  const deflating = new Response(plain).body?.pipeThrough(new CompressionStream("deflate-raw"));
  const deflated = new Uint8Array(await new Response(deflating).arrayBuffer());
  const name = new TextEncoder().encode("[Content_Types].xml");
  const file = new Uint8Array(30 + name.byteLength + deflated.byteLength);
  const view = new DataView(file.buffer);
  // The local file header of a zip file, as PKWARE's APPNOTE 4.3.7 has it; nobody here looks at the checksum.
  view.setUint32(0, 0x04_03_4b_50, true);
  view.setUint16(4, 20, true);
  view.setUint16(8, 8, true);
  view.setUint32(18, deflated.byteLength, true);
  view.setUint32(22, plain.byteLength, true);
  view.setUint16(26, name.byteLength, true);
  file.set(name, 30);
  file.set(deflated, 30 + name.byteLength);
  return file;
}
