// Buttons that write a variable where the cursor is in a field of the page.

export function insertInto(field, text) {
  field.focus();
  document.execCommand("insertText", false, text); // as typed: the page hears of it, and the browser can undo it
}

export default function ({ data, parentElement }) {
  const row = parentElement.querySelector(".insert-variable");
  row.querySelector(".names").replaceChildren(...data.names.map((name) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "quiet", textContent: `{${name}}`, ariaLabel: `Insert ${name}` });
    button.onclick = () => insertInto(document.querySelector(`.${data.within} textarea`), button.textContent);
    return button;
  }));
  delete row.dataset.coming;
}
