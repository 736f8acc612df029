// When the page may be asked to be drawn anew by itself: never between a press and what comes of it. Streamlit 1.67 would
// draw the page that the press leaves: a blank screen, or the way there is lost. Nor under the hands of who types.

const LOOK_MS = 50, PRESS_HOLDS_MS = 3000, TYPING_HOLDS_MS = 1000, PRESSED = 'button, a, label, summary, [role="button"], [role="option"]';

const state = (of) => document.querySelector?.('[data-testid="stApp"]')?.dataset[of];
const isRunning = () => state("testScriptState") !== "notRunning";

// Whether Streamlit's own socket is there: it refuses, and logs an error, what it is asked without.
export const isConnected = () => (state("testConnectionState") ?? "CONNECTED") === "CONNECTED";

// Whether the key may press something; in a field most keys only type.
function presses(event) {
  const isField = event.target.matches?.("textarea, input");
  if (event.key === "Enter") return !event.target.matches?.("textarea") || event.ctrlKey || event.metaKey;
  return event.key === " " && !isField;
}

function watch() {
  const quiet = { pressedAt: -Infinity, typedAt: -Infinity, hasRun: true };
  const pressed = () => Object.assign(quiet, { pressedAt: performance.now(), hasRun: false });
  document.addEventListener("click", (event) => { if (event.target.closest?.(PRESSED)) pressed(); }, true);
  document.addEventListener("keydown", (event) => { if (presses(event)) pressed(); }, true);
  document.addEventListener("input", () => { quiet.typedAt = performance.now(); }, true);
  return quiet;
}

export function isQuiet() {
  const quiet = (window.studioQuiet ??= watch());
  if (isRunning()) {
    quiet.hasRun = true;
    return false;
  }
  if (window.studioTyped?.isBehind()) return false; // what is typed is not in the studio yet, which would not know of it
  const now = performance.now();
  return now - quiet.typedAt > TYPING_HOLDS_MS && (quiet.hasRun || now - quiet.pressedAt > PRESS_HOLDS_MS);
}

// Calls act as soon as the page is quiet and in sight, unless it was cancelled by then; returns what cancels it.
export function whenQuiet(act) {
  let timer;
  const look = () => {
    if (document.visibilityState !== "visible") document.addEventListener("visibilitychange", look, { once: true });
    else if (isQuiet()) act();
    else timer = setTimeout(look, LOOK_MS);
  };
  look();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
