import assert from "node:assert/strict";
import { test } from "node:test";

import { draftParts } from "../../../pages/components/transcript/draft.mjs";

const FENCED = "It works:\n\n```python\nprint('```')\n```\nAnd more\n~~~~sh\nls\n~~~\nstill the shell\n";

test("a text without code is one part", () => {
  assert.deepEqual(draftParts("one\ntwo"), [{ isCode: false, text: "one\ntwo" }]);
});

test("code is a part from its fence on, and ends only with a fence as long", () => {
  const parts = draftParts(FENCED);
  assert.deepEqual(parts.map((part) => part.isCode), [false, true, false, true]);
  assert.equal(parts[1].text, "```python\nprint('```')\n```\n");
  assert.equal(parts[3].text, "~~~~sh\nls\n~~~\nstill the shell\n");
});

test("the parts of every beginning are the beginning", () => {
  for (let end = 0; end <= FENCED.length; end += 1) {
    const text = FENCED.slice(0, end);
    assert.equal(draftParts(text).map((part) => part.text).join(""), text);
  }
});
