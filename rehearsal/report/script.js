"use strict";
// Adds to each timeline a line that follows pointer and keyboard, and the values of that second.
(() => {
  const number = (value) => value.toLocaleString("en", { maximumFractionDigits: 1 });

  const clock = (seconds) => `${number(seconds)}\u00a0s`;

  function latency(milliseconds) {
    if (milliseconds === null) return "-";
    if (milliseconds >= 999.5) return `${number(milliseconds / 1000)}\u00a0s`;
    return `${milliseconds < 9.95 ? number(milliseconds) : Math.round(milliseconds)}\u00a0ms`;
  }

  // Pairs of a name and what was measured, then whether it is bad.
  function readings(values, index) {
    const share = values.share[index];
    const [blue, green] = values.runs[index].map((run) => values.versions[run]);
    const alarms = values.alarms[index] || [];
    const at = values.at[index];
    const found = [
      ["", `${clock(at)} · AWS\u00a0${number((at * values.factor) / 60)}\u00a0min`],
      ["weight of green", `${number(values.weight[index])}\u00a0%`],
      [`blue ${blue}`, share === null ? "-" : `${number(100 - share)}\u00a0%`],
      [`green ${green}`, share === null ? "-" : `${number(share)}\u00a0%`],
      ["requests/s", number(values.requests[index])],
      ["failed", number(values.failed[index]), values.failed[index] > 0],
      ["median, p99", `${latency(values.p50[index])}, ${latency(values.p99[index])}`],
      ["tasks", `${values.blue[index]} blue, ${values.green[index]} green, ${values.desired[index]} wanted`],
    ];
    if (alarms.length) found.push(["alarms", alarms.join(", "), true]);
    return found;
  }

  // Where the measured second nearest to a moment is; -1 where nothing was measured.
  function nearest(values, moment) {
    let best = -1;
    let distance = 2.5 * values.seconds;
    values.at.forEach((at, index) => {
      const away = Math.abs(at + values.seconds / 2 - moment);
      if (away < distance) [best, distance] = [index, away];
    });
    return best;
  }

  function make(name, className, parent) {
    const made = document.createElement(name);
    made.className = className;
    parent.append(made);
    return made;
  }

  const readout = make("div", "readout", document.body);
  readout.setAttribute("aria-hidden", "true");
  readout.hidden = true;
  // Takes away the line of the timeline that has one.
  let clear = () => {};

  function enhance(timeline) {
    const data = timeline.querySelector(".values");
    if (!data) return;
    const values = JSON.parse(data.textContent);
    const sheet = timeline.querySelector(".sheet");
    const layer = make("div", "cursor-layer", sheet);
    const cursor = make("div", "cursor", layer);
    cursor.hidden = true;
    const slider = make("input", "slider", sheet);
    Object.assign(slider, { type: "range", min: values.start, max: values.end, step: "any" });
    slider.value = values.at[0];
    slider.setAttribute("aria-label", `Second of the timeline of ${timeline.dataset.name}`);
    const hint = make("p", "hint", timeline);
    hint.textContent =
      "Point at the charts or tap them to read one second, or use the arrow keys on the round handle.";
    timeline.prepend(hint);
    let shown = 0;

    function hide() {
      cursor.hidden = true;
      if (clear === hide) readout.hidden = true;
    }

    function show(index, moment) {
      const at = index < 0 ? moment : Math.min(values.at[index] + values.seconds / 2, values.end);
      clear();
      clear = hide;
      cursor.hidden = readout.hidden = false;
      cursor.style.left = `${(100 * (at - values.start)) / (values.end - values.start)}%`;
      slider.value = at;
      const found = index < 0 ? [["", clock(moment)], ["", "nothing was measured"]] : readings(values, index);
      readout.replaceChildren();
      for (const [name, value, bad] of found) {
        const entry = make("span", bad ? "bad" : "", readout);
        entry.classList.toggle("row", name === "tasks" || name === "alarms");
        if (name) make("small", "", entry).textContent = `${name} `;
        make("b", "", entry).textContent = value;
      }
      slider.setAttribute("aria-valuetext", found.map((one) => `${one[0]} ${one[1]}`.trim()).join(", "));
      if (index >= 0) shown = index;
    }

    function point(event) {
      const { left, width } = layer.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - left) / width, 0), 1);
      const moment = values.start + share * (values.end - values.start);
      show(nearest(values, moment), moment);
    }

    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
    slider.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hide();
      const last = values.at.length - 1;
      let next = { Home: 0, End: last }[event.key];
      if (event.key in moves) next = Math.min(Math.max(shown + moves[event.key], 0), last);
      if (next === undefined) return;
      event.preventDefault();
      show(next);
    });
    slider.addEventListener("focus", () => show(shown));
    slider.addEventListener("blur", hide);
    slider.addEventListener("input", () => show(nearest(values, +slider.value), +slider.value));
    for (const plot of timeline.querySelectorAll(".plot")) {
      plot.addEventListener("pointermove", point);
      plot.addEventListener("pointerdown", point);
    }
    sheet.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && document.activeElement !== slider) hide();
    });
    timeline.classList.add("readable");
  }

  document.querySelectorAll(".timeline").forEach(enhance);
  addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".sheet")) clear();
  });

  // What is folded is printed too, and folded again afterwards.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach((one) => (one.open = true));
  });
  addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));
})();
