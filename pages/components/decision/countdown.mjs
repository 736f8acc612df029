// What is left of a request's time: the clock ticks in the browser, between two runs of the page.

function span(left) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].filter(([size]) => left >= size).slice(0, 2);
  let rest = left;
  const words = parts.map(([size, unit]) => {
    const n = Math.floor(rest / size);
    rest %= size;
    return `${n} ${unit}`;
  });
  return words.join(" ");
}
export default function ({ data, parentElement }) {
  const node = parentElement.querySelector(".countdown");
  const over = performance.now() + data.left_s * 1000;
  const draw = () => {
    const left = Math.max(0, Math.round((over - performance.now()) / 1000));
    node.textContent = left ? `${span(left)} left, ${data.outcome}` : data.over;
  };
  draw();
  const clock = setInterval(draw, 1000);
  return () => clearInterval(clock);
}
