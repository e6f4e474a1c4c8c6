// Many loans: a csv dropped, scored piece by piece, and taken home.
"use strict";

async function scoreFile(file) {
  $("batch-result").hidden = true;
  $("batch-error").textContent = "";
  if (file.size > LIMIT.bytes) {
    $("batch-error").textContent = "The file has more than 300 MB. Cut it into parts.";
    return;
  }
  const bar = $("batch-bar");
  $("batch-count").textContent = "Reading " + file.name;
  bar.value = 0;
  $("batch-progress").hidden = false;
  try {
    const settings = { reasons: $("batch-reasons").checked ? 4 : 0 };
    const scored = await scoreCsv(page.scorer, await file.text(), (rows, share) => {
      bar.value = share;
      $("batch-count").textContent = rows.toLocaleString("en-US") + " loans scored";
      return new Promise((go) => setTimeout(go, 0));
    }, settings);
    if (scored.pd.length === 0) throw new Error("There is no loan under the header.");
    showBatch(scored);
  } catch (error) {
    $("batch-error").textContent = error.message;
  }
  $("batch-progress").hidden = true;
}

function showBatch(scored) {
  page.scored = scored;
  const n = scored.pd.length, mean = scored.pd.reduce((sum, pd) => sum + pd, 0) / n;
  const declined = scored.pd.filter((pd) => pd >= page.scorer.cutoff).length;
  const count = BANDS.map(() => 0);
  for (const pd of scored.pd) count[page.scorer.band(pd)]++;
  const absent = page.scorer.fields.filter((field) => !scored.header.places.has(field.index));
  const fact = (name, value) => el("div", { class: "fact" }, el("strong", {}, value), el("span", {}, name));
  $("batch-facts").replaceChildren(fact("loans", n.toLocaleString("en-US")), fact("mean probability", percent(mean)),
    fact("declined", percent(declined / n)), fact("other lines", String(scored.left)),
    fact("with notes", scored.notes.filter((note) => note !== "").length.toLocaleString("en-US")));
  const most = Math.max(...count);
  $("batch-bands").replaceChildren(...BANDS.map((band, k) => el("li", {}, el("span", { class: "what" }, band),
    svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { x: 0, y: 1, height: 12, width: (100 * count[k]) / most, class: "fill-" + k })),
    el("span", { class: "much" }, count[k].toLocaleString("en-US")))));
  $("batch-absent").textContent = absent.length === 0 ? ""
    : "Columns that are not in the file count as not stated: " + absent.map((field) => field.name).join(", ") + ".";
  drawPreview(scored);
  $("batch-result").hidden = false;
}

function drawPreview(scored) {
  const names = scored.header.names.slice(0, 6);
  const row = (tag, cells) => el("tr", {}, ...cells.map((cell) => el(tag, tag === "th" ? { scope: "col" } : {}, cell)));
  $("batch-preview").replaceChildren(el("thead", {}, row("th", ["probability", "decision", ...names])),
    el("tbody", {}, ...scored.rows.slice(0, 10).map((record, i) => row("td", [percent(scored.pd[i], 2),
      scored.pd[i] >= page.scorer.cutoff ? "decline" : "accept", ...names.map((_, k) => (record[k] || "").slice(0, 40))]))));
}

function download() {
  const blob = new Blob(scoredCsv(page.scorer, page.scored), { type: "text/csv" });
  const link = el("a", { href: URL.createObjectURL(blob), download: "loans-scored.csv" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function buildBatch() {
  const zone = $("drop");
  $("file").addEventListener("change", () => $("file").files[0] && scoreFile($("file").files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files[0]) scoreFile(event.dataTransfer.files[0]);
    });
  }
  $("download").addEventListener("click", download);
}
