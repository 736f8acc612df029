"use strict";
// Replays a transcript that is written whole: hides what is still to come. Knows nothing but the page.
{
  const find = (id) => document.getElementById(id);
  const player = find("player"), slider = find("slider"), track = find("track"), future = find("future");
  const play = find("play"), back = find("back"), next = find("next"), speed = find("speed");
  const entries = [...document.querySelectorAll("#log > .entry")];
  const moments = entries.map((entry) => Number(entry.dataset.t));
  const beside = [...document.querySelectorAll("aside [data-n]")];
  const bars = [...document.querySelectorAll("#track rect.bar")].map(({ dataset }) => (
    { from: Number(dataset.from), to: Number(dataset.to), doing: dataset.doing }
  ));
  const end = Number(slider.max);
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
  let time = end, shown = entries.length, isPlaying = false, before = 0;

  const countAt = (moment) => {
    const n = moments.findIndex((each) => each > moment + 0.005);
    return Math.max(1, n < 0 ? entries.length : n);
  };

  // Shows the first `n` entries, and the timeline up to `moment`.
  const show = (n, moment, follows) => {
    const isMore = n > shown;
    for (let place = Math.min(n, shown); place < Math.max(n, shown); place += 1) {
      entries[place].classList.toggle("later", place >= n);
    }
    if (n !== shown) for (const node of beside) node.classList.toggle("later", Number(node.dataset.n) > n);
    shown = n;
    time = moment;
    slider.value = moment;
    future.style.left = `${end ? (moment / end) * 100 : 100}%`;
    find("place").textContent = `${n} of ${entries.length}`;
    find("used").textContent = entries[n - 1]?.dataset.used ?? "";
    const now = moment < end ? bars.findLast((bar) => bar.from <= moment && moment < bar.to) : undefined;
    find("doing").textContent = now?.doing ?? entries[n - 1]?.dataset.who ?? "";
    back.disabled = n <= 1;
    next.disabled = n >= entries.length;
    if (follows && isMore) entries[n - 1].scrollIntoView({ block: "end" });
    else if (follows) entries[n - 1].scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    pause();
    const n = Math.min(entries.length, Math.max(1, shown + by));
    show(n, n === entries.length ? end : moments[n - 1], true);
  };

  const seek = (moment, follows) => show(countAt(moment), moment, follows);

  const tick = (stamp) => {
    if (!isPlaying) return;
    const moment = Math.min(end, time + ((stamp - before) / 1000) * Number(speed.value));
    before = stamp;
    const n = countAt(moment);
    show(n, moment, n !== shown);
    if (moment < end) requestAnimationFrame(tick);
    else pause();
  };

  const pause = () => {
    isPlaying = false;
    play.textContent = "Play";
  };

  const start = () => {
    if (time >= end) show(1, 0, true);
    isPlaying = true;
    play.textContent = "Pause";
    before = performance.now();
    requestAnimationFrame(tick);
  };

  play.onclick = () => (isPlaying ? pause() : start());
  back.onclick = () => step(-1);
  next.onclick = () => step(1);
  slider.oninput = () => seek(Number(slider.value), true);
  track.onclick = ({ clientX }) => {
    const { left, width } = track.getBoundingClientRect();
    seek(Math.min(end, Math.max(0, ((clientX - left) / width) * end)), true);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, summary, a")) return;
    const acts = {
      ArrowLeft: () => step(-1), ArrowRight: () => step(1), Home: () => step(-entries.length),
      End: () => step(entries.length), " ": event.target.closest("button") ? undefined : play.onclick,
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  // A link to what is still to come shows it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#e"]');
    const place = link ? entries.findIndex((entry) => `#${entry.id}` === link.getAttribute("href")) : -1;
    if (place >= shown) show(place + 1, moments[place], false);
  });

  for (const node of document.querySelectorAll("time")) {
    const at = new Date(node.dateTime);
    node.textContent = clock.format(at);
    node.title = exact.format(at);
  }
  for (const link of document.querySelectorAll("a[data-picture]")) {
    const picture = document.querySelector(`img[data-picture="${link.dataset.picture}"]`);
    if (picture) link.href = picture.src;
    else link.remove();
  }
  // On paper everything is open.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const node of opened) node.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const node of opened) node.open = false;
  });
  player.hidden = entries.length === 0;
  if (entries.length) show(entries.length, end, false);
}
