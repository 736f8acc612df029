// Pieces of the page that messages and cards share. Text goes in as text nodes, never as HTML.

const UNKNOWN_MEMBER = { color: "#808495", face: "?", is_emoji: false };

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function memberOf(cast, agent) {
  return cast[agent] ?? { ...UNKNOWN_MEMBER, label: agent };
}

export function addCopyButtons(content) {
  for (const block of content.querySelectorAll("div.code")) {
    const bar = make("div", "code-bar");
    bar.append(make("span", "language", block.dataset.language || "text"));
    const button = make("button", "copy", "Copy");
    button.type = "button";
    button.onclick = async () => told(button, await copyText(block.querySelector("pre").textContent));
    bar.append(button);
    block.prepend(bar);
  }
}

// Says on the button for a moment whether it was copied.
export function told(button, isDone) {
  const label = (button.dataset.label ??= button.textContent);
  button.textContent = isDone ? "Copied" : "Select and press Ctrl+C";
  setTimeout(() => { button.textContent = label; }, 1600);
}

// Lets the keyboard reach what may scroll.
export function letScroll(node) {
  for (const part of node.querySelectorAll("pre, table, .plain, .thought")) part.tabIndex = 0;
}

// A very long message shows its beginning until somebody wants all of it.
export function addFold(content) {
  content.classList.add("folded");
  content.after(unfoldButton("Show all of it", (isOpen) => {
    content.classList.toggle("folded", !isOpen);
    if (!isOpen) content.closest("article").scrollIntoView({ block: "nearest" });
  }));
}

// A button that opens what is short, and shuts it again: show(isOpen).
export function unfoldButton(label, show) {
  const button = make("button", "unfold", label);
  button.type = "button";
  button.onclick = () => {
    const isOpen = button.textContent === label;
    button.textContent = isOpen ? "Show less" : label;
    button.setAttribute("aria-expanded", isOpen);
    show(isOpen);
  };
  return button;
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // no permission, or not a secure page
    const area = make("textarea");
    area.value = text;
    area.style.cssText = "position:fixed;opacity:0";
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    return isDone;
  }
}
