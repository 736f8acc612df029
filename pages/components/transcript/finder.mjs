// The search in a chat: what is looked for, how often it is there, and the way from one place to the next.

const AFTER_MS = 200;

export class Finder {
  // ask(frame): sends it. goTo(seq, text): brings the reader there. here(): the seq at the top of what is read.
  constructor(root, { ask, goTo, here }) {
    Object.assign(this, { root, ask, goTo, here, number: 0, seqs: [], place: -1 });
    this.part = (name) => root.querySelector(`.find-${name}`);
    const [bar, text, of] = ["bar", "text", "of"].map(this.part);
    bar.onsubmit = (event) => { event.preventDefault(); this.step(1); };
    text.oninput = () => this.soon();
    of.onchange = () => { this.name(); this.search(); };
    text.onkeydown = (event) => {
      if (event.key === "Escape") this.close();
      if (event.key === "Enter" && event.shiftKey) { event.preventDefault(); this.step(-1); }
    };
    this.part("previous").onclick = () => this.step(-1);
    this.part("close").onclick = () => this.close();
    this.part("open").onclick = () => this.open();
    this.opened = () => this.open();
    window.addEventListener("studio:find", this.opened);
    this.name();
  }

  open() {
    this.part("bar").hidden = false;
    this.part("text").focus();
    this.part("text").select();
    this.search();
  }

  close() {
    this.part("bar").hidden = true;
    this.number += 1; // what comes now answers nothing any more
    this.show([]);
    this.goTo(null);
  }

  name() {
    const hints = { text: "Words in this chat", turn: "Number of a turn", speaker: "Name of a member", decision: "Who, or why", file: "Part of a name" };
    this.part("text").placeholder = hints[this.part("of").value];
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), AFTER_MS);
  }

  search() {
    clearTimeout(this.timer);
    const of = this.part("of").value, text = this.part("text").value;
    this.number += 1;
    if (of === "text" && !text.trim()) return this.show([]);
    this.ask({ find: { number: this.number, of, text } });
  }

  took({ number, seqs, is_cut }) {
    if (number !== this.number) return;
    this.isCut = is_cut;
    this.show(seqs);
    if (!seqs.length) return;
    this.place = placeFrom(seqs, this.here());
    this.visit();
  }

  show(seqs) {
    Object.assign(this, { seqs, place: -1 });
    this.count();
  }

  step(by) {
    if (!this.seqs.length) return;
    this.place = (this.place + by + this.seqs.length) % this.seqs.length;
    this.visit();
  }

  visit() {
    this.count();
    const isText = this.part("of").value === "text";
    this.goTo(this.seqs[this.place], isText ? this.part("text").value.trim() : "");
  }

  count() {
    const n = this.seqs.length, isAsked = this.part("text").value.trim() || this.part("of").value !== "text";
    this.part("count").textContent = n ? `${this.place + 1} of ${n}${this.isCut ? "+" : ""}` : isAsked ? "Nothing" : "";
    for (const name of ["previous", "next"]) this.part(name).disabled = !n;
  }

  stop() {
    clearTimeout(this.timer);
    window.removeEventListener("studio:find", this.opened);
  }
}

// The first of the seqs, ascending, from `here` on; the last one when all come before.
export function placeFrom(seqs, here) {
  const place = seqs.findIndex((seq) => seq >= here);
  return place < 0 ? seqs.length - 1 : place;
}
