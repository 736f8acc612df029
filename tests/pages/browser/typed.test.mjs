import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

const listeners = {}, stored = new Map(), sent = [], triggered = [];
const listen = (type, heard) => (listeners[type] ??= []).push(heard);
const fire = (type, event) => { for (const heard of listeners[type] ?? []) heard(event); };

globalThis.window = { addEventListener: listen };
globalThis.document = { addEventListener: listen };
globalThis.localStorage = new Proxy({
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, text) => stored.set(name, text),
  removeItem: (name) => stored.delete(name),
}, { ownKeys: () => [...stored.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) });
mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });

const { default: mount } = await import("../../../pages/components/typed.mjs");

function field(name, value, more = {}) {
  const around = { classList: [name], parentElement: null };
  return { type: "text", value, matches: (what) => more.type === undefined && what === "textarea",
    closest: (what) => (what.includes("st-key") ? around : null), ...more };
}

function place(more = {}) {
  const data = { place: "request:c:r", tab: "t1", instead_of: "", fields: '{"st-key-reply":"turn"}', prefix: "", ...more };
  return mount({ data, setTriggerValue: (name) => triggered.push(name) });
}

const kept = (number, more = {}) => fire("studio:kept", { detail: { number, place: "request:c:r", is_kept: true, ...more } });

beforeEach(() => {
  stored.clear();
  sent.length = triggered.length = 0;
  window.studioTab = { args: { data: { who: "Ann" } }, told: {}, socket: { send: (frame) => sent.push(frame.typed) } };
  window.studioTyped?.places.clear();
  window.studioTyped?.changed.clear();
});

test("what is typed is sent after a pause, once, and stays in the browser until the studio has it", () => {
  place();
  for (const text of ["H", "Ha", "Half"]) fire("input", { target: field("st-key-reply", text) });
  assert.deepEqual([sent.length, stored.size], [0, 1]);
  assert.ok(window.studioTyped.isBehind());
  mock.timers.tick(600);
  assert.deepEqual(sent.map(({ place, tab, fields }) => [place, tab, fields]), [["request:c:r", "t1", { turn: "Half" }]]);
  kept(sent[0].number);
  assert.equal(stored.size, 0);
  assert.ok(!window.studioTyped.isBehind());
});

test("who types on and on is kept every few seconds", () => {
  place();
  for (let n = 0; n < 20; n += 1) {
    fire("input", { target: field("st-key-reply", "x".repeat(n)) });
    mock.timers.tick(400);
  }
  assert.ok(sent.length >= 2);
});

test("a password is never kept, nor a field of no place", () => {
  place({ prefix: "st-key-" });
  fire("input", { target: field("st-key-secret", "sk-1", { type: "password" }) });
  window.studioTyped.places.clear();
  place();
  fire("input", { target: field("st-key-other", "x") });
  mock.timers.tick(600);
  assert.deepEqual([sent, stored.size], [[], 0]);
});

test("more that was typed meanwhile is not lost by an answer to less", () => {
  place();
  fire("input", { target: field("st-key-reply", "one") });
  mock.timers.tick(600);
  fire("input", { target: field("st-key-reply", "one two") });
  kept(sent[0].number);
  mock.timers.tick(600);
  assert.deepEqual(sent[1].fields, { turn: "one two" });
});

test("while the studio is away it stays, and is sent when it is back", () => {
  window.studioTab.told = null;
  place();
  fire("input", { target: field("st-key-reply", "alone") });
  mock.timers.tick(60_000);
  assert.equal(sent.length, 0);
  window.studioTab.told = {};
  fire("studio:told", {});
  assert.deepEqual(sent[0].fields, { turn: "alone" });
});

test("what was sent and never answered is sent again", () => {
  place();
  fire("input", { target: field("st-key-reply", "cut off") });
  mock.timers.tick(600);
  mock.timers.tick(4000);
  assert.deepEqual(sent.map(({ fields }) => fields), [{ turn: "cut off" }, { turn: "cut off" }]);
  kept(sent[1].number);
  mock.timers.tick(60_000);
  assert.deepEqual([sent.length, stored.size], [2, 0]);
});

test("what an earlier page left is sent, and the page told that there is more", () => {
  stored.set("studio_typed:Ann:request:c:r", '{"place":"request:c:r","tab":"t0","instead_of":"","fields":{"turn":"old"}}');
  stored.set("studio_typed:Bob:request:c:r", '{"place":"request:c:r","tab":"t9","instead_of":"","fields":{"turn":"his"}}');
  place();
  assert.deepEqual(sent.map(({ tab, fields }) => [tab, fields]), [["t0", { turn: "old" }]]);
  kept(sent[0].number);
  assert.deepEqual(triggered, ["found"]);
  assert.equal(stored.size, 1);
});

test("what is too long for the studio stays in this browser and is not sent again and again", () => {
  place();
  fire("input", { target: field("st-key-reply", "long") });
  mock.timers.tick(600);
  kept(sent[0].number, { is_kept: false });
  mock.timers.tick(60_000);
  fire("studio:told", {});
  assert.deepEqual([sent.length, stored.size], [1, 1]);
});

test("a field is known by its class where its place is a whole form", () => {
  place({ fields: "{}", prefix: "st-key-team-0-" });
  fire("input", { target: field("st-key-team-0-uid-prompt", "You are") });
  fire("focusout", {});
  assert.deepEqual(sent[0].fields, { "st-key-team-0-uid-prompt": "You are" });
});
