// Undo and redo by keyboard: Ctrl+Z, Ctrl+Shift+Z and Ctrl+Y press the editor's buttons. Never while something is
// typed: a text field has an undo of its own.

const TYPING = 'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"], [role="textbox"]';

const classOf = (key) => `st-key-${key.trim().replace(/[^a-zA-Z0-9_-]/g, "-")}`;
const buttonOf = (key) => document.querySelector(`.${CSS.escape(classOf(key))} button:not([disabled])`);
const isTyping = (event) => event.composedPath().some((node) => node instanceof Element && node.matches(TYPING));

// Which of the two buttons the keys mean; "" for none.
export function meant({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey || ctrlKey === metaKey) return "";
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" && !shiftKey ? "redo" : "";
}

function pressed(event) {
  const does = meant(event);
  if (!does || event.defaultPrevented || isTyping(event) || document.querySelector('[role="dialog"]')) return;
  const button = buttonOf(window.studioUndo[does]);
  if (!button) return;
  event.preventDefault();
  button.click();
}

export default function ({ data }) {
  if (!window.studioUndo) document.addEventListener("keydown", pressed);
  window.studioUndo = data;
}
