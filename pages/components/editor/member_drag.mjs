// The members' cards are put in order by the mouse, and with Alt and an arrow. On a touch screen a finger scrolls; the
// buttons above the form move a member there.

import { living } from "../living.mjs";

const DRAG_PX = 6, FOCUS_WITHIN_MS = 2000, FOCUS_EVERY_MS = 50;
const CARD = '.st-key-member_list [class*="st-key-membercard"]';
const STEPS = { ArrowUp: -1, ArrowDown: 1 };

// Where the card so numbered comes to stand when it is let go at `y`; `boxes` are those of all cards, from above.
export function placeOf(y, from, boxes) {
  return boxes.filter((box, number) => number !== from && (box.top + box.bottom) / 2 < y).length;
}

const cards = () => [...document.querySelectorAll(CARD)];
const uidOf = (card) => /-([0-9a-f]{8})$/.exec([...card.classList].find((name) => name.startsWith("st-key-membercard")))?.[1];

class MemberDrag {
  constructor(args) {
    this.args = args;
    this.heard = new AbortController();
    const hear = (name, act) => document.addEventListener(name, act, { signal: this.heard.signal, capture: true });
    hear("pointerdown", (event) => this.hold(event));
    hear("pointermove", (event) => this.drag(event));
    hear("pointerup", () => this.drop());
    hear("pointercancel", () => this.letGo());
    hear("keydown", (event) => this.key(event));
  }

  update(args) {
    this.args = args;
  }

  hold(event) {
    const card = event.target.closest?.(CARD);
    if (!card || event.button !== 0 || event.pointerType === "touch") return;
    this.held = { card, y: event.clientY, from: cards().indexOf(card), to: null };
  }

  drag(event) {
    const { held } = this;
    if (!held || (held.to === null && Math.abs(event.clientY - held.y) < DRAG_PX)) return;
    event.preventDefault();
    const all = cards();
    held.to = placeOf(event.clientY, held.from, all.map((card) => card.getBoundingClientRect()));
    held.card.dataset.dragged = "";
    all.forEach((card) => delete card.dataset.drop);
    if (held.to !== held.from) all[held.to].dataset.drop = held.to < held.from ? "above" : "below";
  }

  drop() {
    const { held } = this;
    if (!held) return;
    this.letGo();
    if (held.to === null) return;
    const stop = (event) => event.stopPropagation(); // it was dragged, not pressed
    document.addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", stop, { capture: true }));
    this.move(held.card, held.from, held.to);
  }

  letGo() {
    this.held = null;
    for (const card of cards()) {
      delete card.dataset.dragged;
      delete card.dataset.drop;
    }
  }

  key(event) {
    if (event.key === "Escape") this.letGo();
    const card = event.target.closest?.(CARD);
    if (!card || !event.altKey || event.ctrlKey || event.metaKey || !(event.key in STEPS)) return;
    event.preventDefault();
    const all = cards(), from = all.indexOf(card), to = from + STEPS[event.key];
    if (to >= 0 && to < all.length) this.move(card, from, to);
  }

  move(card, from, to) {
    const uid = uidOf(card);
    if (from === to || !uid) return;
    this.args.setTriggerValue("moved", { uid, to });
    this.focus(uid, to, performance.now() + FOCUS_WITHIN_MS);
  }

  // Whoever moved a card goes on with it where it stands now.
  focus(uid, to, until) {
    const card = cards()[to];
    if (card && uidOf(card) === uid) card.querySelector("button")?.focus({ focusVisible: true });
    else if (performance.now() < until) setTimeout(() => this.focus(uid, to, until), FOCUS_EVERY_MS);
  }

  close() {
    this.heard.abort();
  }
}

export default living((args) => new MemberDrag(args));
