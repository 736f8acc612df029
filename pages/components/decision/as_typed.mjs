// Hands what is typed into the fields of one part of the page over soon after each key, as if its field were left:
// Streamlit waits for Enter (in a text of several lines: Ctrl+Enter), so that is what the field hears.

class AsTyped {
  constructor(root) {
    this.places = new Map(); // class of the part -> milliseconds
    root.addEventListener("input", (event) => this.note(event), true);
  }

  note({ target, isComposing }) {
    if (isComposing || !target.matches?.("textarea, input[type=number], input[inputmode]")) return;
    for (const [within, afterMs] of this.places) {
      if (!target.closest(`.${within}`)) continue;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => handOver(target), afterMs);
    }
  }
}

export function handOver(field) {
  if (!field.isConnected) return;
  const ctrlKey = field.matches("textarea");
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey, bubbles: true, cancelable: true }));
}

export default function ({ data }) {
  const typed = (window.studioAsTyped ??= new AsTyped(document));
  typed.places.set(data.within, data.after_ms);
  return () => typed.places.delete(data.within);
}
