// The keyboard in what opens from the sentence of endings. Streamlit leaves the focus on the button and draws the field at
// the page's end: a press by key leads into the field, and Escape or Tab beyond it back to the button.

const OPENERS = '.st-key-editor_ends [data-testid="stPopoverButton"]';
const BODY = '[data-testid="stPopoverBody"]';
const FIELDS = 'input:not([disabled], [tabindex="-1"]), textarea, button:not([disabled], [tabindex="-1"]), [tabindex="0"]';
const MOST_FRAMES = 120;

// Whether a key leads out of a popover; `place` of `n` fields has the focus.
export const leaves = ({ key, shiftKey }, place, n) =>
  key === "Escape" || (key === "Tab" && place === (shiftKey ? 0 : n - 1));

const fieldsOf = (body) => [...body.querySelectorAll(FIELDS)].filter((field) => field.getClientRects().length);

function enter(n = 0) {
  const fields = fieldsOf(document.querySelector(BODY) ?? document.createElement("div"));
  const field = fields.find((one) => one.matches("input, textarea")) ?? fields[0]; // before the button for help
  if (field) field.focus();
  else if (n < MOST_FRAMES) requestAnimationFrame(() => enter(n + 1));
}

function pressed(event) {
  const opener = event.target instanceof Element && event.target.closest(OPENERS);
  if (!opener || event.detail) return; // by a pointer, which finds the field by itself
  window.studioOpener = opener;
  if (opener.getAttribute("aria-expanded") !== "true") enter();
}

function typed(event) {
  const body = event.target instanceof Element && event.target.closest(BODY);
  const opener = window.studioOpener;
  if (!body || !opener?.isConnected || opener.getAttribute("aria-expanded") !== "true") return;
  const fields = fieldsOf(body);
  if (!leaves(event, fields.indexOf(event.target), fields.length)) return;
  event.preventDefault();
  event.stopPropagation();
  opener.focus();
  opener.click();
}

export default function () {
  if (window.studioPopovers) return;
  window.studioPopovers = true;
  document.addEventListener("click", pressed, true);
  document.addEventListener("keydown", typed, true);
}
