// A page that was just loaded comes into sight as a whole: its style hides it (`agents/web/page_style.css`) until all of it
// is drawn, or for some seconds. A component whose script has its content yet to bring says so with `data-coming`.

const HAS_RUN = '[data-testid="stApp"][data-test-script-state="notRunning"]';
const MAIN = '[data-testid="stMain"]';
const LOOK_EVERY_MS = 50;

function isDrawn() {
  if (!document.querySelector(HAS_RUN) || document.querySelector(`${MAIN} [data-testid="stSkeleton"]`)) return false;
  const components = [...document.querySelectorAll(`${MAIN} [data-testid="stBidiComponentIsolated"]`)];
  return !components.some((host) => host.shadowRoot?.querySelector("[data-coming]"));
}

// Whether the style's own time is over.
function isInSight() {
  const shown = document.querySelector(`${MAIN} > *`);
  return shown !== null && getComputedStyle(shown).visibility === "visible";
}

export function showOnceDrawn() {
  if (window.studioOpens) return;
  const look = () => {
    if (!isDrawn() && !isInSight()) return;
    clearInterval(window.studioOpens);
    document.documentElement.dataset.opened = "";
  };
  window.studioOpens = setInterval(look, LOOK_EVERY_MS);
}
