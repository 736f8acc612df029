// What a key means to the page: nothing, while something is typed or the key belongs to the browser.

const TYPING = 'input, textarea, select, [contenteditable="true"], [role="textbox"], [role="combobox"], [role="listbox"]';

export const isTyping = (event) => event.composedPath().some((node) => node instanceof Element && node.matches(TYPING));
export const isChord = (event) => event.ctrlKey || event.metaKey || event.altKey;
