// What the tests ask of a page, as functions that return plain data.
({
  // Texts whose contrast with what is behind them is less than WCAG's AA.
  faint() {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgb = (colour) => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((one) => {
        const part = one / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element) => {
      for (let one = element; one; one = one.parentElement) {
        const found = rgb(getComputedStyle(one).backgroundColor);
        if (found[3] === 255) return found;
      }
      return rgb(getComputedStyle(document.documentElement).backgroundColor);
    };
    const found = [];
    let looked = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || !parent.getClientRects().length) continue;
      if (parent.closest(".unseen,script,style,svg")) continue;
      looked += 1;
      const style = getComputedStyle(parent);
      const [one, other] = [light(rgb(style.color)), light(behind(parent))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      const big = parseFloat(style.fontSize) >= 24;
      if (contrast < (big ? 3 : 4.5)) found.push(`${walker.currentNode.data}: ${contrast.toFixed(2)}`);
    }
    return { looked, found };
  },

  // Labels of one kind in one place that cover each other, are cut or squeezed, or stand outside the window.
  collisions() {
    const groups = [
      [".time", ".tick"],
      [".pins", ".pin"],
      [".plot > .scale", "span"],
      [".labels", "li"],
      [".over", ".version"],
      ["figcaption", ":scope > *"],
    ];
    const found = [];
    let looked = 0;
    for (const [place, label] of groups) {
      for (const group of document.querySelectorAll(place)) {
        const boxes = [...group.querySelectorAll(label)]
          .filter((one) => one.textContent && one.getClientRects().length)
          .map((one) => [one.textContent, one.getBoundingClientRect()]);
        boxes.forEach(([text, box], index) => {
          looked += 1;
          if (box.left < -0.5 || box.right > innerWidth + 0.5) found.push(`${text} is outside`);
          for (const [other, second] of boxes.slice(index + 1)) {
            const across = Math.min(box.right, second.right) - Math.max(box.left, second.left);
            const down = Math.min(box.bottom, second.bottom) - Math.max(box.top, second.top);
            if (across > 0.5 && down > 1.5) found.push(`${text} covers ${other}`);
          }
        });
      }
    }
    // A long name may be cut: its title says all of it.
    for (const label of document.querySelectorAll(".labels li:not([title]), .tick, .pin")) {
      if (label.scrollWidth > label.clientWidth + 1) found.push(`${label.textContent} is cut`);
    }
    for (const cell of document.querySelectorAll("tbody :is(th, td)")) {
      const { width } = cell.getBoundingClientRect();
      if (width && width < Math.min(6 * cell.textContent.length, 60)) {
        found.push(`${cell.textContent} is squeezed into ${width} pixels`);
      }
    }
    return { looked, found };
  },

  // Charts: their size on the page, and paths that leave their viewBox.
  charts() {
    return [...document.querySelectorAll('svg[role="img"]')].map((chart) => {
      const { width, height } = chart.getBoundingClientRect();
      const view = chart.viewBox.baseVal;
      const paths = [...chart.querySelectorAll("path")].filter((one) => one.getAttribute("d"));
      const outside = paths.filter((one) => {
        const box = one.getBBox();
        return (
          box.x < 0 || box.y < 0 || box.x + box.width > view.width || box.y + box.height > view.height
        );
      });
      return {
        title: chart.querySelector("title").textContent,
        description: chart.querySelector("desc").textContent,
        width,
        height,
        paths: paths.length,
        outside: outside.map((one) => one.getAttribute("class")),
      };
    });
  },

  // Of a timeline's chart: whether each point (across 0 to 1, up 0 to 1) is in the path's fill.
  inside([timeline, chart, path, points]) {
    const svg = document.querySelectorAll(".timeline")[timeline].querySelectorAll(".chart svg")[chart];
    const shape = svg.querySelector(path);
    const { width, height } = svg.viewBox.baseVal;
    return points.map(([x, y]) => shape.isPointInFill(new DOMPoint(x * width, y * height)));
  },

  headings() {
    return [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((one) => [
      Number(one.tagName[1]),
      one.textContent.trim(),
    ]);
  },

  tables() {
    return [...document.querySelectorAll("table")].map((table) => ({
      caption: table.caption?.textContent.trim() ?? "",
      unscoped: [...table.querySelectorAll("th:not([scope])")].map((one) => one.textContent),
      heads: table.querySelectorAll("thead th").length,
      ragged: [...table.rows].filter(
        (row) =>
          [...row.cells].reduce((sum, one) => sum + one.colSpan, 0) !==
          table.querySelectorAll("thead th").length,
      ).length,
    }));
  },
})
