// Draws the figure that the page holds as JSON.
const { data, layout } = JSON.parse(document.getElementById("figure").textContent);
const { width, height, ...rest } = layout;
Plotly.newPlot("chart", data, { ...rest, autosize: true }, { responsive: true, displaylogo: false });
