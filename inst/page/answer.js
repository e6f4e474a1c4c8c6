// The answer beside the form: probability, band, decision, what pushes the score, reasons,
// and what would turn the decision.
"use strict";

let soon = 0;

function update() {
  const bad = [...page.inputs.values()].filter((input) => input.dataset.bad === "1").length;
  clearTimeout(soon);
  if (bad > 0) {
    $("pd").textContent = "–";
    $("pd").dataset.value = "";
    $("verdict").textContent = bad === 1 ? "One field needs a correction." : bad + " fields need a correction.";
    $("verdict").className = "verdict";
    $("band").textContent = "";
    for (const id of ["pushes", "reasons", "flips"]) $(id).replaceChildren();
    drawGauge(NaN);
    return;
  }
  const pd = page.scorer.scoreRows([page.row])[0];
  const declined = pd >= page.scorer.cutoff;
  const band = page.scorer.band(pd);
  $("pd").textContent = percent(pd);
  $("pd").dataset.value = String(pd);
  $("pd").title = "exactly " + pd;
  $("band").textContent = "Risk: " + BANDS[band];
  $("band").className = "chip band-" + band;
  $("verdict").textContent = (declined ? "Decline: at or above" : "Accept: below") +
    " the cut-off of " + percent(page.scorer.cutoff);
  $("verdict").className = "verdict " + (declined ? "no" : "yes");
  drawGauge(pd);
  // what costs more than a score waits until typing rests
  soon = setTimeout(() => {
    drawPushes();
    drawReasons(declined);
    drawFlips(declined);
    drawWhatIf();
    drawCompare();
    document.body.dataset.settled = $("pd").dataset.value;
  }, 120);
}

function drawGauge(pd) {
  const width = 320, most = Math.max(0.5, Math.min(1, 4 * page.scorer.cutoff));
  const x = (p) => (Math.min(p, most) / most) * width;
  const starts = [0, ...page.scorer.bands, most];
  const parts = starts.slice(0, 5).map((from, k) => svg("rect", {
    x: x(from), y: 12, height: 12, width: Math.max(0, x(starts[k + 1]) - x(from)), class: "fill-" + k,
  }));
  const cut = x(page.scorer.cutoff);
  const marks = [svg("line", { x1: cut, x2: cut, y1: 6, y2: 30, class: "cut" })];
  if (!Number.isNaN(pd)) {
    marks.push(svg("path", { d: `M ${x(pd)} 24 l -7 12 l 14 0 z`, class: "needle" }));
  }
  $("gauge").replaceChildren(svg("svg", { viewBox: "-8 0 336 40", role: "img",
    "aria-label": "Probability on a scale of risk; the line is the cut-off" }, ...parts, ...marks));
}

function drawPushes() {
  const found = contributions(page.scorer, page.row), shown = found.all.slice(0, 8);
  const rest = found.all.slice(8);
  const rows = shown.map((one) => ({ label: one.feature.label, push: one.push,
    detail: featureText(one.feature, one.value) }));
  if (rest.length > 0) {
    rows.push({ label: rest.length + " others", push: rest.reduce((sum, one) => sum + one.push, 0), detail: "" });
  }
  page.pushes = found;
  $("pushes").replaceChildren(...pushBars(rows));
  $("pushes-about").textContent = !found.exact
    ? "How the odds differ from those of the typical approved applicant, estimated from 64 orders of the columns."
    : "How the odds of the average borrower " + (found.calibrated ? "" : "(before calibration) ") +
      `(${percent(1 / (1 + Math.exp(-found.base)))}) become this borrower’s: multiplied by each bar. Exact Shapley values.`;
}

function drawReasons(declined) {
  const all = declined ? reasonsOf(page.scorer, Float64Array.from(page.row), 1, 4) : null;
  page.reasons = all === null ? [] : all[0];
  $("reasons-card").hidden = !declined;
  $("reasons").replaceChildren(page.reasons.length === 0
    ? el("p", {}, "No single field is worse than the typical approved applicant’s.")
    : el("ol", {}, ...page.reasons.map((one) => el("li", {}, el("strong", {}, one.text), el("br", {}),
      el("span", { class: "small" }, `${featureText(one.feature, one.value)}; typical of approved applicants ` +
        `${featureText(one.feature, one.typical)}, which would give ${percent(one.restored)}`)))));
}

function drawFlips(declined) {
  const found = flips(page.scorer, page.row);
  const wanted = declined ? "accepted" : "declined";
  const item = (one) => el("li", {}, el("strong", {}, one.field.label), ": ",
    valueText(one.field, page.row[one.field.index]) + " → " + valueText(one.field, one.value) +
    ` gives ${percent(one.pd, 2)}: ${wanted}`);
  const free = found.filter((one) => one.free).slice(0, 3), fixed = found.filter((one) => !one.free).slice(0, 3);
  $("flips").replaceChildren(
    free.length === 0 ? el("p", {}, `No single change in a borrower’s hands would have the loan ${wanted}.`)
      : el("ul", {}, ...free.map(item)),
    ...(fixed.length === 0 ? [] : [el("h3", {}, "Facts that would"), el("ul", {}, ...fixed.map(item))]));
}
