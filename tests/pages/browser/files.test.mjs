import assert from "node:assert/strict";
import { test } from "node:test";

import { FileLinks } from "../../../pages/components/transcript/files.mjs";

const FILE = { path: "out/a b.csv", sha256: "f".repeat(64) };

function token(expires_s) {
  return `${btoa(JSON.stringify(["chat", "Ada", expires_s]))}.signature`;
}

function links(first) {
  const made = { token: first, renewed: 0, addresses: [] };
  made.links = new FileLinks({ token: () => made.token, renew: () => { made.renewed += 1; } });
  made.use = () => made.links.use(FILE, { keep: "" }, (address) => made.addresses.push(address));
  return made;
}

test("an address has the file's digest, its name and the token", () => {
  const good = token(Date.now() / 1000 + 60), made = links(good);
  made.use();
  const address = new URL(made.addresses[0], "http://proxy/studio/chat?chat=c");
  assert.equal(address.pathname, `/studio/files/${FILE.sha256}`);
  assert.deepEqual(Object.fromEntries(address.searchParams), { name: "a b.csv", token: good, keep: "" });
  assert.equal(made.renewed, 0);
});

test("an old token, or none, is renewed once before any file is reached", () => {
  for (const bad of [token(Date.now() / 1000 - 60), "", "no token"]) {
    const made = links(bad);
    made.use();
    made.use();
    assert.deepEqual([made.addresses.length, made.renewed], [0, 1]);
    made.token = token(Date.now() / 1000 + 60);
    made.links.tokenCame();
    assert.equal(made.addresses.length, 2);
  }
});
