// When something was said, in the reader's own time zone, which only the browser knows.

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const DAY_AND_CLOCK = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const AGO = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

// How long ago within the last hour, else the time of day, with the day if that is another one.
export function whenText(at, now = Date.now()) {
  const minutes = Math.round((now - at) / 60000);
  if (minutes < 1) return AGO.format(0, "second");
  if (minutes < 60) return AGO.format(-minutes, "minute");
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return (isToday ? CLOCK : DAY_AND_CLOCK).format(at);
}

export function timeNode(iso) {
  const node = document.createElement("time");
  const at = Date.parse(iso);
  node.className = "when";
  node.textContent = whenText(at);
  node.dateTime = iso;
  node.title = EXACT.format(at);
  return node;
}
