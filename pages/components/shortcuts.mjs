// The sheet of keyboard shortcuts: `?` or its entry in the menu opens it; Esc, `?`, its button or a press beside it shuts
// it. The browser keeps the focus in it (a modal dialog), and while it is open no letter is a shortcut of the page.

import { isChord, isTyping } from "./keyboard.mjs";

// What a key does to the sheet: "toggle" it, "stay" with it and reach nothing of the page, or "" for nothing.
export function keyOfSheet(event, isOpen) {
  if (event.key.length !== 1 || isChord(event)) return "";
  if (event.key === "?" && (isOpen || !isTyping(event))) return event.repeat ? "stay" : "toggle";
  return isOpen ? "stay" : "";
}

function pressed(event) {
  const sheet = window.studioSheet;
  const does = event.defaultPrevented || !sheet?.isConnected ? "" : keyOfSheet(event, sheet.open);
  if (!does) return;
  event.stopPropagation();
  if (does === "stay") return;
  event.preventDefault();
  if (sheet.open) sheet.close();
  else sheet.showModal();
}

export default function ({ parentElement }) {
  const sheet = parentElement.querySelector("dialog");
  if (window.studioSheet === undefined) window.addEventListener("keydown", pressed, true);
  window.studioSheet = sheet;
  parentElement.querySelector(".entry").onclick = () => sheet.showModal();
  sheet.querySelector(".close").onclick = () => sheet.close();
  sheet.onclick = (event) => { if (event.target === sheet) sheet.close(); };
}
