// Opens the search of the chat that is shown, which is in its transcript.

export default function ({ parentElement }) {
  parentElement.querySelector("button").onclick = () => window.dispatchEvent(new Event("studio:find"));
}
