// A page that was just loaded comes into sight as a whole: its style hides it (`agents/web/page_style.py`) until all of it
// is drawn, or for two seconds. A component whose script has its content yet to bring says so with `data-coming`.

const HAS_RUN = '[data-testid="stApp"][data-test-script-state="notRunning"]';
const MAIN = '[data-testid="stMain"]';
const LOOK_EVERY_MS = 50, AT_MOST_MS = 2000;

function isDrawn() {
  if (!document.querySelector(HAS_RUN) || document.querySelector(`${MAIN} [data-testid="stSkeleton"]`)) return false;
  const components = [...document.querySelectorAll(`${MAIN} [data-testid="stBidiComponentIsolated"]`)];
  return !components.some((host) => host.shadowRoot?.querySelector("[data-coming]"));
}

export function showOnceDrawn() {
  if (window.studioOpens) return;
  const endMs = performance.now() + AT_MOST_MS;
  const look = () => {
    if (!isDrawn() && performance.now() < endMs) return;
    clearInterval(window.studioOpens);
    document.documentElement.dataset.opened = "";
  };
  window.studioOpens = setInterval(look, LOOK_EVERY_MS);
}
