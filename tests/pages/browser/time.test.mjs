import assert from "node:assert/strict";
import { test } from "node:test";

import { whenText } from "../../../pages/components/transcript/time.mjs";

const NOON = new Date(2026, 2, 12, 12, 0).getTime();
const MINUTE = 60_000;

test("what was said within the hour has an age", () => {
  assert.equal(whenText(NOON - 10_000, NOON), "now");
  assert.match(whenText(NOON - 5 * MINUTE, NOON), /^5 min\.? ago$/);
});

test("what was said earlier today has the time of day", () => {
  assert.equal(whenText(NOON - 150 * MINUTE, NOON), new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(NOON - 150 * MINUTE));
});

test("what was said on another day has the day too", () => {
  const text = whenText(NOON - 48 * 60 * MINUTE, NOON);
  assert.match(text, /10/);
  assert.match(text, /12.00/);
});
