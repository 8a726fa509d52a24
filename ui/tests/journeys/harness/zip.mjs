// The names in a ZIP, read from its directory at the end (APPNOTE 4.3.12, 4.3.16).
import assert from "node:assert/strict";

export function zipNames(bytes) {
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  assert.notEqual(end, -1, "it is no ZIP: the directory is missing");
  const names = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    assert.equal(bytes.toString("latin1", at, at + 4), "PK\x01\x02");
    const [name, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    names.push(bytes.toString("utf8", at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}
