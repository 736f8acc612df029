// A component's object lives from its first run to its last.

import assert from "node:assert/strict";
import { test } from "node:test";

import { living } from "../../../pages/components/living.mjs";

const told = [];
const part = (args) => ({ name: args.name, update: ({ n }) => told.push(`update ${n}`), close: () => told.push(`close ${args.name}`) });
const since = () => told.splice(0);

test("a later run goes on with it, and what the run before returned changes nothing", () => {
  const run = living(part), root = {};
  const first = run({ parentElement: root, name: "a", n: 1 });
  const second = run({ parentElement: root, name: "a", n: 2 });
  first();
  assert.deepEqual(since(), ["update 2"]);
  second();
  assert.deepEqual(since(), ["close a"]);
});

test("another one takes the place of one that is not the same", () => {
  const run = living(part, (known, { name }) => known.name === name), root = {};
  run({ parentElement: root, name: "a", n: 1 });
  run({ parentElement: root, name: "b", n: 2 })();
  assert.deepEqual(since(), ["close a", "close b"]);
});
