// Two borrowers side by side, and what makes the difference.
"use strict";

function drawCompare() {
  const kept = page.kept;
  $("compare-empty").hidden = kept !== null;
  $("compare-table").hidden = kept === null;
  if (kept === null) return;
  const pd = page.scorer.scoreRows([kept, page.row]);
  const cells = (label, a, b, mark) => el("tr", { class: mark ? "differs" : false },
    el("th", { scope: "row" }, label), el("td", {}, a), el("td", {}, b));
  const verdict = (p) => (p >= page.scorer.cutoff ? "decline" : "accept");
  const rows = askedFields(page.scorer).map((field) => {
    const a = valueText(field, kept[field.index]), b = valueText(field, page.row[field.index]);
    return cells(field.label, a, b, a !== b);
  });
  $("compare-body").replaceChildren(
    cells(page.what, percent(pd[0]), percent(pd[1]), pd[0] !== pd[1]),
    cells("Risk", BANDS[page.scorer.band(pd[0])], BANDS[page.scorer.band(pd[1])], false),
    cells("Decision", verdict(pd[0]), verdict(pd[1]), verdict(pd[0]) !== verdict(pd[1])), ...rows);
  drawDifference(kept);
}

function drawDifference(kept) {
  const found = difference(page.scorer, page.row, kept).slice(0, 8);
  $("compare-why").replaceChildren(...pushBars(found.map((one) => ({ label: one.feature.label, push: one.push,
    detail: "" }))));
  $("compare-same").hidden = found.length > 0;
}

function keepBorrower() {
  page.kept = page.row.slice();
  $("said").textContent = "Kept as borrower A.";
  drawCompare();
}

function swapBorrowers() {
  const kept = page.kept;
  page.kept = page.row.slice();
  fillForm(kept);
}
