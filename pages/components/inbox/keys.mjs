// The inbox by keyboard: j and k move, a approves, r rejects, e edits. Never while something is typed, never twice for
// one press, and never before the request that is marked in the list is the one whose card is drawn.

import { isChord, isTyping } from "../keyboard.mjs";

const SETTLE_MS = 400, PATIENCE_MS = 2000;

const classOf = (key) => `st-key-${key.replace(/[^a-zA-Z0-9_-]/g, "-")}`;
const keyed = (key) => document.querySelector(`.${CSS.escape(classOf(key))}`);
const buttonOf = (key) => keyed(key)?.querySelector("button:not([disabled])");
const rows = () => [...document.querySelectorAll('.st-key-inbox_list [class*="st-key-inbox-row-"]')];
const nameOf = (row) => [...row.classList].find((name) => name.startsWith("st-key-inbox-row-"));

// The row that was moved to and whose card is still to come; "" when the card drawn is that of the row.
function moving(inbox) {
  const isOver = inbox.target === classOf(inbox.data.row) || performance.now() - inbox.movedAt > PATIENCE_MS;
  return isOver ? "" : inbox.target;
}

function move(inbox, step) {
  const all = rows(), names = all.map(nameOf);
  const at = names.indexOf(moving(inbox) || classOf(inbox.data.row));
  const next = at < 0 ? keyed(inbox.data.next) ?? all[0] : all[at + step];
  if (!next) return;
  Object.assign(inbox, { target: nameOf(next), movedAt: performance.now() });
  next.querySelector("button").click();
  next.scrollIntoView({ block: "nearest" });
}

function act(inbox, name) {
  const isSettled = performance.now() - inbox.drawnAt > SETTLE_MS;
  if (!isSettled || moving(inbox) || inbox.pressed === inbox.data.row) return;
  const button = inbox.data[name].split(" ").map(buttonOf).find(Boolean);
  if (!button) return;
  if (name === "approve") inbox.pressed = inbox.data.row;
  button.click();
  if (name !== "approve") focusField(performance.now());
}

function focusField(since) {
  const field = keyed("inbox_card")?.querySelector("textarea, input:not([type=checkbox])");
  if (field) field.focus();
  else if (performance.now() - since < 3000) requestAnimationFrame(() => focusField(since));
}

function pressed(event) {
  const inbox = window.studioInbox;
  if (!keyed("inbox_list") || event.defaultPrevented || isChord(event)) return;
  if (event.key === "Escape" && isTyping(event) && keyed("inbox_card")?.contains(event.target)) event.target.blur();
  if (isTyping(event) || document.querySelector('[role="dialog"], [data-testid="stPopoverBody"]')) return;
  const does = { j: () => move(inbox, 1), k: () => move(inbox, -1), a: () => act(inbox, "approve"),
    r: () => act(inbox, "reject"), e: () => act(inbox, "edit") }[event.key];
  if (!does) return;
  event.preventDefault();
  if (!event.repeat || "jk".includes(event.key)) does();
}

export default function ({ data }) {
  if (!window.studioInbox) {
    window.studioInbox = { drawnAt: 0, movedAt: 0, target: "", pressed: "" };
    document.addEventListener("keydown", pressed);
  }
  const inbox = window.studioInbox;
  if (inbox.data?.row !== data.row) {
    // A press meant for the last card must not hit this one.
    Object.assign(inbox, { drawnAt: performance.now(), pressed: "" });
    const card = keyed("inbox_card");
    if (card) {
      card.style.pointerEvents = "none";
      setTimeout(() => (card.style.pointerEvents = ""), SETTLE_MS);
    }
  }
  inbox.data = data;
}
