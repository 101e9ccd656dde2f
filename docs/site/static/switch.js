// The versions that there are (`versions.js`, beside their folders), in the select of the sidebar.
document.addEventListener("DOMContentLoaded", () => {
  const select = document.getElementById("version");
  const current = select.value;
  for (const each of window.badinboxVersions || []) {
    if (each !== current) select.add(new Option(each));
  }
  select.addEventListener("change", async () => {
    const root = `${select.dataset.root}../${select.value}/`;
    const same = `${root}${select.dataset.page}.html`;
    const there = await fetch(same, { method: "HEAD" }).then((answer) => answer.ok, () => false);
    location.href = there ? same : `${root}index.html`;
  });
});
