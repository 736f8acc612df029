"""What a browser can measure of a page by itself: what axe-core finds, and how far it moved while it was loaded."""

from importlib.resources import files
from typing import Any, Literal

from playwright.sync_api import Locator

from tests.support.screens import Screen

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
NOT_OURS = {
    'scrollable-region-focusable: [data-testid="stCode"]': "what stands around it can be focused, and scrolls it",
}
"""What is left out, as "rule: selector", and why: only what Streamlit draws and nobody else can mend."""
Scheme = Literal["light", "dark"]
IS_SHOWN = """(scheme) => getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme === scheme"""
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules whose answer depends on whether the page is light or dark."""

FIND = """
async ([rules, notOurs, within]) => {
  const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const options = { iframes: false, elementRef: true, resultTypes: ["violations"], ...only };
  const { violations } = await axe.run(within ?? document, options);
  const isOurs = (rule, node) => !notOurs.some(([of, selector]) => of === rule && node.element.closest(selector));
  return violations.filter((one) => ["serious", "critical"].includes(one.impact)).flatMap((one) => one.nodes
    .filter((node) => isOurs(one.id, node))
    .map((node) => `${one.id}: ${node.target.flat().join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`));
}
"""
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifts.push({
    by: shift.value,
    what: shift.sources.map(({ node, previousRect: a, currentRect: b }) => {
      const one = node?.nodeType === 1 ? node : node?.parentElement;
      const name = one?.closest("[data-testid]")?.dataset.testid ?? one?.tagName;
      return `${name} ${[a.x, a.y, a.width, a.height]} to ${[b.x, b.y, b.width, b.height]}`;
    }),
  });
}).observe({ type: "layout-shift", buffered: true });
"""


IS_AT_REST = """() => !document.querySelector('[data-stale="true"]') && document.getAnimations().every(
  (one) => one.playState !== "running" || one.effect?.getTiming().iterations === Infinity)"""


def findings(screen: Screen, rules: list[str] | None = None, within: Locator | None = None) -> list[str]:
    """What axe-core calls serious or critical on the page, or `within` a part of it, by all of its rules or by `rules`,
    once nothing fades any more: what is drawn anew is pale for a moment."""
    screen.settle()
    screen.page.wait_for_function(IS_AT_REST)
    if not screen.page.evaluate("() => Boolean(window.axe)"):
        screen.page.evaluate(AXE)
    left_out = [known.split(": ", 1) for known in NOT_OURS]
    found: list[str] = screen.page.evaluate(FIND, [rules, left_out, within and within.element_handle()])
    return found


def draw_in(screen: Screen, scheme: Scheme) -> None:
    """Show the page light or dark, once it is drawn so."""
    screen.page.emulate_media(color_scheme=scheme)
    screen.page.wait_for_function(IS_SHOWN, arg=scheme)


def findings_in_both(screen: Screen, within: Locator | None = None) -> dict[Scheme, list[str]]:
    """What `findings` has of a page that is light, and then of its colours in dark; {} for nothing."""
    found: dict[Scheme, list[str]] = {"light": findings(screen, within=within)}
    draw_in(screen, "dark")
    found["dark"] = findings(screen, OF_COLOURS, within)
    draw_in(screen, "light")
    return {scheme: what for scheme, what in found.items() if what}


def watch_layout(screen: Screen) -> None:
    """From the next page on, notes what moves without anybody's doing."""
    screen.page.add_init_script(WATCH)


def layout_shifts(screen: Screen) -> list[dict[str, Any]]:
    """How much of the screen moved since the page was loaded, times how far, and what it was; waits until it is
    drawn."""
    screen.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    shifts: list[dict[str, Any]] = screen.page.evaluate("() => window.shifts")
    return shifts
