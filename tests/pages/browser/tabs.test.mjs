// The tabs of a chat's rail: where keys lead.

import assert from "node:assert/strict";
import { test } from "node:test";

import { led } from "../../../pages/components/chat/tabs.mjs";

test("arrows lead to the next and round, Home and End to the ends", () => {
  assert.equal(led({ key: "ArrowRight" }, 3, 4), 0);
  assert.equal(led({ key: "ArrowLeft" }, 0, 4), 3);
  assert.equal(led({ key: "ArrowDown" }, 1, 4), 2);
  assert.equal(led({ key: "Home" }, 2, 4), 0);
  assert.equal(led({ key: "End" }, 2, 4), 3);
});

test("other keys lead nowhere", () => assert.equal(led({ key: "x" }, 1, 4), undefined));
