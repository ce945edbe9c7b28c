(() => {
  "use strict";
  const root = document.documentElement;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const charts = read("charts");
  const words = read("words");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const drawn = new Map();
  const errors = [];
  window.genloop = { drawn, errors };

  const language = () => root.dataset.lang;
  const remember = (lang) => { try { localStorage.setItem("genloop-language", lang); } catch { /* private mode */ } };
  const remembered = () => { try { return localStorage.getItem("genloop-language"); } catch { return null; } };

  function setLanguage(lang) {
    root.dataset.lang = lang;
    root.lang = lang === "zh" ? "zh-Hans" : "en";
    document.title = document.querySelector("title").dataset[lang] || document.title;
    for (const button of document.querySelectorAll("[data-set-lang]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setLang === lang));
    }
    for (const node of document.querySelectorAll("[data-aria-label-" + lang + "]")) {
      node.setAttribute("aria-label", node.getAttribute("data-aria-label-" + lang));
    }
  }

  // "@word" is a phrase, "$colour" a colour of the style sheet; rows never pass through here.
  function fill(part, style) {
    if (Array.isArray(part)) return part.map((item) => fill(item, style));
    if (part && typeof part === "object") {
      return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, fill(value, style)]));
    }
    if (typeof part !== "string") return part;
    if (part === "@learnt") {
      const [real, made] = ["learnt_real", "learnt_made"].map((key) => JSON.stringify(words[key][language()]));
      return `datum.value === 'real' ? ${real} : ${made}`;
    }
    if (part[0] === "@") return words[part.slice(1)][language()];
    if (part[0] === "$") return style.getPropertyValue("--" + part.slice(1)).trim();
    return part;
  }

  function config(style) {
    const colour = (name) => style.getPropertyValue("--" + name).trim();
    return {
      background: null,
      font: getComputedStyle(document.body).fontFamily,
      view: { stroke: null },
      axis: {
        labelColor: colour("soft"), titleColor: colour("soft"), gridColor: colour("line"), domainColor: colour("line"),
        tickColor: colour("line"), labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal", labelPadding: 5,
        labelSeparation: 8,
      },
      legend: { labelColor: colour("soft"), titleColor: colour("soft"), titleFontWeight: "normal", titleFontSize: 11 },
    };
  }

  async function draw(node) {
    const chart = charts[node.dataset.chart];
    if (!chart || node.clientWidth === 0) return;
    const style = getComputedStyle(root);
    const spec = fill(chart.spec, style);
    spec.$schema = "https://vega.github.io/schema/vega-lite/v6.json";
    spec.width = "container";
    spec.autosize = { type: "fit-x", contains: "padding" };
    spec.data = { values: chart.rows };
    spec.config = config(style);
    const many = chart.rows.length > 600;
    try {
      const old = drawn.get(node.dataset.chart);
      const result = await vegaEmbed(node, spec, { actions: false, ast: true, renderer: many ? "canvas" : "svg" });
      if (old) old.finalize();
      drawn.set(node.dataset.chart, result);
      node.dataset.drawn = language();
    } catch (error) {
      errors.push(String(error));
      console.error(error);
    }
  }

  const nodes = () => [...document.querySelectorAll("[data-chart]")];
  const redraw = () => Promise.all(nodes().filter((node) => node.dataset.drawn).map(draw));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting && !entry.target.dataset.drawn) draw(entry.target);
  }, { rootMargin: "400px" });

  window.genloop.drawAll = async () => {
    for (const node of document.querySelectorAll("details")) node.open = true;
    await Promise.all(nodes().map(draw));
  };

  for (const button of document.querySelectorAll("[data-set-lang]")) {
    button.addEventListener("click", () => {
      setLanguage(button.dataset.setLang);
      remember(button.dataset.setLang);
      redraw();
    });
  }
  const wanted = remembered();
  setLanguage(wanted === "en" || wanted === "zh" ? wanted : language());
  nodes().forEach((node) => seen.observe(node));
  dark.addEventListener("change", redraw);
  window.addEventListener("beforeprint", window.genloop.drawAll);
})();
