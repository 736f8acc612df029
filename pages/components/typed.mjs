// Keeps what is typed into a place's fields and not handed to the page yet: it is sent to the studio through the tab's
// socket as it is typed, and stays in this browser until the studio has it. A password never.

const AFTER_MS = 500, LONGEST_MS = 3000, AGAIN_MS = 4000, STORED = "studio_typed:";
const TOO_LONG = Number.MAX_SAFE_INTEGER;
const KINDS = ["textarea", "text", "search", "url", "email", "number", "checkbox"];

const storedAs = (place) => `${STORED}${window.studioTab?.args.data.who}:${place}`;

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    if (value) localStorage.setItem(name, JSON.stringify(value));
    else localStorage.removeItem(name);
  } catch {
    // no room, or no storage: what is typed is on its way to the studio all the same
  }
}

const names = (beginning) => {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(beginning));
  } catch {
    return [];
  }
};

class Typed {
  constructor() {
    this.places = new Map();
    this.changed = new Map(); // place -> session in which something was typed there last
    this.number = Date.now() * 1000; // no number is used twice in this browser
    document.addEventListener("input", (event) => this.note(event.target), true);
    document.addEventListener("focusout", () => this.send(), true);
    document.addEventListener("click", (event) => { if (event.target.closest?.("button")) this.send(); }, true);
    document.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.ctrlKey) this.send(); }, true);
    window.addEventListener("pagehide", () => this.send());
    window.addEventListener("studio:told", () => this.send());
    window.addEventListener("studio:kept", (event) => this.kept(event.detail));
  }

  // The place and field of an element, by the class that Streamlit makes of its widget's key.
  placeOf(element) {
    const kind = element.matches?.("textarea") ? "textarea" : element.type;
    if (!KINDS.includes(kind)) return null;
    const around = element.closest('[class*="st-key-"]');
    for (let node = around; node; node = node.parentElement?.closest('[class*="st-key-"]')) {
      for (const name of node.classList) {
        for (const { data } of this.places.values()) {
          const isOfForm = data.prefix && kind === "textarea" && name.startsWith(data.prefix); // others are handed over
          const field = data.fields[name] ?? (isOfForm ? name : undefined);
          if (field !== undefined) return { data, field };
        }
      }
    }
    return null;
  }

  // Whether the studio lacks something of what is typed on this page; what is too long for it aside.
  isBehind() {
    return [...this.places.keys()].some((place) => {
      const entry = read(storedAs(place));
      return entry && entry.sentAt !== TOO_LONG;
    });
  }

  note(element) {
    const found = this.placeOf(element);
    if (!found) return;
    const { data, field } = found, name = storedAs(data.place), before = read(name);
    const text = element.type === "checkbox" ? String(element.checked) : element.value;
    const { place, tab, instead_of } = data;
    this.changed.set(place, tab);
    write(name, { place, tab, instead_of, fields: { ...before?.fields, [field]: text } });
    clearTimeout(this.timer);
    this.since ??= Date.now();
    this.timer = setTimeout(() => this.send(), Math.min(AFTER_MS, Math.max(0, this.since + LONGEST_MS - Date.now())));
  }

  // Everything of this person that the studio does not have yet, that of an earlier page too.
  send() {
    clearTimeout(this.timer);
    this.since = undefined;
    const tab = window.studioTab;
    if (!tab?.told) return;
    for (const name of names(`${STORED}${tab.args.data.who}:`)) {
      const entry = read(name);
      if (!entry || (entry.number && Date.now() - entry.sentAt < AGAIN_MS - 100)) continue;
      Object.assign(entry, { number: ++this.number, sentAt: Date.now() });
      write(name, entry);
      const { number, place, tab: of, instead_of, fields } = entry;
      tab.socket?.send({ typed: { number, place, tab: of, instead_of, fields } });
      clearTimeout(this.again);
      this.again = setTimeout(() => this.send(), AGAIN_MS); // the socket may have been cut meanwhile
    }
  }

  kept({ number, place, is_kept }) {
    for (const name of names(STORED)) {
      const entry = read(name);
      if (entry?.number !== number || entry.place !== place) continue; // more was typed meanwhile
      if (!is_kept) return write(name, { ...entry, sentAt: TOO_LONG }); // it stays here alone
      write(name, null);
      const visit = this.places.get(place);
      const isOlder = visit && entry.tab !== visit.data.tab && this.changed.get(place) !== visit.data.tab;
      if (isOlder) visit.args.setTriggerValue("found", String(number));
    }
  }
}

export default function (args) {
  const typed = (window.studioTyped ??= new Typed());
  const data = { ...args.data, fields: JSON.parse(args.data.fields) };
  const visit = { data, args };
  typed.places.set(data.place, visit);
  typed.send();
  return () => {
    if (typed.places.get(data.place) === visit) typed.places.delete(data.place);
  };
}
