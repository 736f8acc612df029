// What the frame needs of the browser: a menu that leads to a page's list even from one of its items, and that is one list
// to those who hear it; a page that begins at its top when another item is opened, and the name kept.

import { showOnceDrawn } from "./opening.mjs";

// Streamlit 1.67's menu keeps the query when it leads to the page one is on, so that "Chats" would lead back to the chat.
function leadToList(event) {
  const link = event.target.closest?.('[data-testid="stSidebarNav"] a');
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || !location.search || new URL(link.href).pathname !== location.pathname) return;
  event.preventDefault();
  event.stopPropagation();
  history.pushState({}, "", location.pathname);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

// Streamlit 1.67 draws the entries below a heading as items of no list.
function nameLists(menu) {
  for (const list of menu.querySelectorAll('[data-testid="stSidebarNavItems"]:not([role])')) list.role = "list";
  for (const item of menu.querySelectorAll('[data-testid="stSidebarNavItems"] li:not([role])')) item.role = "listitem";
}

// Streamlit 1.67 lets what is shut linger for half a second; the style forbids that it moves (`frame.css`).
function shutAtOnce(event) {
  const shown = event.target.closest?.('[data-testid="stExpander"] summary')?.parentElement;
  for (const animation of shown?.getAnimations() ?? []) animation.finish();
}

function keepLists() {
  const menu = document.querySelector('[data-testid="stSidebar"]');
  if (!menu || window.studioLists === menu) return;
  window.studioLists = menu;
  nameLists(menu);
  new MutationObserver(() => nameLists(menu)).observe(menu, { childList: true, subtree: true });
}

export default function ({ data }) {
  keepLists();
  showOnceDrawn();
  if (!window.studioMenu) {
    window.studioMenu = leadToList;
    document.addEventListener("click", leadToList, true);
    document.addEventListener("click", shutAtOnce);
  }
  if (![undefined, data.opened].includes(window.studioOpened)) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  window.studioOpened = data.opened;
  if (data.name === null) return;
  const value = encodeURIComponent(data.name);
  document.cookie = `studio_person=${value}; path=/; max-age=${value ? 31536000 : 0}; samesite=lax`;
}
