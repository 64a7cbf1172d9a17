/* Draws the charts of components/chart.html with uPlot from the JSON beside them. The table beneath stays for everybody;
   arrow keys on the chart move the cursor. Colours are read from the theme and follow it. */
(() => {
  "use strict";
  const PAINTS = ["--hub-accent", "--s-r", "--v-care", "--v-bad", "--hub-muted"];

  function paint(name) {
    const probe = document.createElement("span");
    probe.className = "paint-probe";
    probe.style.setProperty("color", `var(${name})`);
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  }

  function draw(box) {
    const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
    if (!data.labels.length || typeof uPlot === "undefined") return;
    const language = document.documentElement.lang || "en";
    const figures = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
    // The axis has room for five signs: millions are told as such, the legend tells every digit.
    const short = new Intl.NumberFormat(language, { maximumFractionDigits: 2, notation: "compact" });
    const ink = paint("--hub-muted"), grid = paint("--hub-line");
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: "12px system-ui, sans-serif" };
    const series = data.series.map((one, place) => ({
      label: one.label + (one.unit ? ` (${one.unit})` : ""),
      stroke: paint(PAINTS[place % PAINTS.length]), width: 2, dash: place ? [6, 3 + place] : undefined, spanGaps: false,
      value: (plot, value) => (value === null || value === undefined ? "–" : figures.format(value)),
    }));
    const dates = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
    const rows = [data.labels.map((day) => Date.parse(day) / 1000), ...data.series.map((one) => one.values)];
    box.replaceChildren();
    box.hidden = false;
    const plot = new uPlot({
      width: box.clientWidth || 600, height: 240, tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1e3), "UTC"),
      series: [{ label: data.axis, value: (one, stamp) => (stamp ? dates.format(new Date(stamp * 1e3)) : "–") }, ...series],
      axes: [{ ...axis, values: (one, ticks) => ticks.map((tick) => dates.format(new Date(tick * 1e3))) , space: 110 },
        { ...axis, size: 64, values: (one, ticks) => ticks.map((tick) => short.format(tick)) }],
    }, rows, box);
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", box.dataset.label);
    let place = rows[0].length - 1;
    box.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key];
      if (!step) return;
      event.preventDefault();
      place = Math.min(Math.max(place + step, 0), rows[0].length - 1);
      plot.setCursor({ left: plot.valToPos(rows[0][place], "x"), top: plot.height / 4 });
    };
    box.plot = plot;
  }

  function start() {
    const boxes = [...document.querySelectorAll("[data-chart]")];
    boxes.forEach(draw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => boxes.forEach(draw));
    new ResizeObserver(() => boxes.forEach((box) => {
      if (box.plot && box.clientWidth && box.clientWidth !== box.plot.width) box.plot.setSize({ width: box.clientWidth, height: 240 });
    })).observe(document.getElementById("main"));
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) event.detail.elt.querySelectorAll("[data-chart]").forEach(draw); });
})();
