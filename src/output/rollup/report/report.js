// All is there without this script. It adds ways to find things, and makes
// every control that it needs itself.
(() => {
  "use strict";

  const make = (name, attributes = {}, text = "") => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };
  const thin = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");

  // A link to a control opens it.
  const reveal = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    const shut = target.closest("[hidden]");
    if (shut) document.dispatchEvent(new CustomEvent("clear"));
    if (target instanceof HTMLDetailsElement) target.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) reveal();
  });

  // Paper cannot be opened.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });

  const statuses = [["", "any status"], ["fail", "fail"], ["unknown", "unknown"], ["pass", "pass"], ["muted", "muted"], ["no_data", "no data"]];

  const addFilter = (drill) => {
    const what = drill.dataset.of;
    const items = [...drill.querySelectorAll(what === "rules" ? ".rule" : "details")];
    if (items.length < 2) return;
    const tools = make("div", { class: "tools", role: "group", "aria-label": `Filter ${what}` });
    const labelled = (text, control) => {
      const label = make("label", {}, text);
      label.append(control);
      return label;
    };
    const find = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    const pick = make("select");
    for (const [value, text] of statuses) pick.append(make("option", { value }, text));
    const shown = make("output", { "aria-live": "polite" });
    tools.append(labelled(`Find ${what}`, find), labelled("Status", pick));
    if (what === "controls") {
      for (const [text, open] of [["Open all", true], ["Close all", false]]) {
        const button = make("button", { type: "button" }, text);
        button.addEventListener("click", () => {
          for (const item of items) item.open = open;
        });
        tools.append(button);
      }
    }
    tools.append(shown);

    let texts = null;
    const filter = () => {
      const wanted = find.value.trim().toLowerCase();
      texts ??= items.map((item) => item.textContent.toLowerCase());
      let count = 0;
      items.forEach((item, at) => {
        const fits = (!wanted || texts[at].includes(wanted)) && (!pick.value || item.querySelector("b").className === pick.value);
        item.hidden = !fits;
        count += fits;
      });
      for (const part of drill.querySelectorAll(".requirement")) {
        part.hidden = !part.querySelector("details:not([hidden])");
      }
      shown.textContent = count === items.length ? "" : `${thin(count)} of ${thin(items.length)} shown`;
    };
    let waiting = 0;
    find.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(filter, 120);
    });
    pick.addEventListener("change", filter);
    document.addEventListener("clear", () => {
      find.value = "";
      pick.value = "";
      filter();
    });
    drill.before(tools);
  };

  const value = (row, at) => {
    const text = row.cells[at].textContent.trim();
    const digits = text.replace(/\u202f/g, "");
    return /^\d+$/.test(digits) ? Number(digits) : text;
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en"));

  const addSorting = (table) => {
    const body = table.tBodies[0];
    if (body.rows.length < 2) return;
    const heads = [...table.tHead.rows].at(-1).querySelectorAll("th");
    for (const head of heads) {
      const button = make("button", { type: "button", title: "Sort" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const numbers = head.classList.contains("n");
        const was = head.getAttribute("aria-sort");
        const next = was ? (was === "ascending" ? "descending" : "ascending") : numbers ? "descending" : "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", next);
        const sign = next === "ascending" ? 1 : -1;
        const rows = [...body.rows].map((row) => [value(row, head.cellIndex), row]);
        rows.sort((a, b) => sign * compare(a[0], b[0]));
        body.append(...rows.map(([, row]) => row));
      });
    }
  };

  for (const drill of document.querySelectorAll("[data-of]")) addFilter(drill);
  for (const table of document.querySelectorAll("table[data-sortable]")) addSorting(table);
  reveal();
})();
