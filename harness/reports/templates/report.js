"use strict";
(() => {
  const checks = [...document.querySelectorAll(".check")];
  const text = document.getElementById("text");
  const show = document.getElementById("show");
  const count = document.getElementById("count");
  let cell = null;

  const inCell = (check) => {
    if (!cell) return true;
    if (cell.table === "verdicts") {
      return check.dataset.error === cell.row && check.dataset.verdict === cell.column;
    }
    return check.dataset.phase === "fault" && check.dataset.expected === cell.row &&
      check.dataset.said === cell.column;
  };
  const apply = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const check of checks) {
      const wanted = show.value === "all" || cell || "failed" in check.dataset;
      const found = wanted && inCell(check) &&
        (!words.length || words.every((word) => check.textContent.toLowerCase().includes(word)));
      check.hidden = !found;
      shown += found;
    }
    const which = cell ? `: ${cell.row}, ${cell.column}` : "";
    count.textContent = `${shown} of ${checks.length} checks${which}`;
  };
  document.querySelectorAll(".counts button").forEach((button) => {
    button.addEventListener("click", () => {
      const table = button.closest("table").dataset.table;
      cell = { table, row: button.dataset.row, column: button.dataset.column };
      apply();
      document.getElementById("checks").scrollIntoView();
    });
  });
  text.addEventListener("input", apply);
  show.addEventListener("change", apply);
  const form = document.querySelector(".filter");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => { cell = null; setTimeout(apply); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== text) {
      event.preventDefault();
      text.focus();
    }
  });
  if (!checks.some((check) => "failed" in check.dataset)) show.value = "all";
  apply();
})();
