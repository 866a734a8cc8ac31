// Draws a Plotly figure, and changes it in place when a new one comes.

let plotly; // one library for all charts of the page

function load(url) {
  plotly ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => done(window.Plotly);
    script.onerror = () => {
      script.remove();
      plotly = undefined; // the next figure asks for it again
      failed(new Error(`${url} could not be loaded`));
    };
    document.head.append(script);
  });
  return plotly;
}

// The page's colours and font, light or dark.
function themed(layout, element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    ...layout,
    font: { color: read("--st-text-color"), family: read("--st-font") },
    hoverlabel: {
      ...layout.hoverlabel,
      bgcolor: read("--st-secondary-background-color"),
      bordercolor: read("--st-border-color"),
    },
    autosize: true,
  };
}

// A double click ends a zoom. Plotly then goes back to the axis of the first drawing, which had no
// data yet; it raises an event before it does.
function follow(Plotly, chart) {
  if (chart.layout.xaxis.type !== "date") return;
  setTimeout(() => Plotly.relayout(chart, { "xaxis.autorange": true }));
}

export default function ({ parentElement, data }) {
  let chart = parentElement.querySelector(".chart");
  if (!chart) {
    chart = document.createElement("div");
    chart.className = "chart";
    chart.dataset.chart = data.name;
    chart.setAttribute("role", "img");
    parentElement.append(chart);
  }
  chart.setAttribute("aria-label", data.alt);
  const figure = JSON.parse(data.figure);
  chart.style.height = `${figure.layout.height}px`;
  const config = { displayModeBar: false, responsive: true };
  load(data.plotly)
    .then(async (Plotly) => {
      const first = !chart.on;
      if (first) chart.textContent = ""; // what was said before, where the library was not there
      await Plotly.react(chart, figure.data, themed(figure.layout, chart), config);
      if (first) chart.on("plotly_doubleclick", () => follow(Plotly, chart));
    })
    .catch((error) => (chart.textContent = `This chart cannot be drawn: ${error.message}`));
}
