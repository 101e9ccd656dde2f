"use strict";
(() => {
  const checks = [...document.querySelectorAll(".check")];
  const text = document.getElementById("text");
  const show = document.getElementById("show");
  const count = document.getElementById("count");
  let cell = null;

  const inCell = (check) => !cell || check.dataset.in.split(" ").includes(cell.cell);
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
    const which = cell ? `: ${cell.name}` : "";
    count.textContent = count.dataset.text.replace("{shown}", shown).replace("{all}", checks.length) + which;
  };
  document.querySelectorAll("button[data-cell]").forEach((button) => {
    button.addEventListener("click", () => {
      cell = button.dataset;
      apply();
      document.getElementById("checks").scrollIntoView();
    });
  });
  document.querySelectorAll(".findings a").forEach((link) => {
    link.addEventListener("click", () => {
      const check = document.querySelector(link.hash);
      check.hidden = false;
      check.open = true;
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
