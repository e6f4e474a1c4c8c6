// The model's card: what it is, what it was trained on, where its bands begin.
"use strict";

function buildCard() {
  const model = page.scorer.model, n = (x) => Number(x).toLocaleString("en-US");
  const rows = [
    ["Learner", page.scorer.learner.kind[0]],
    ["Event", [model.outcome, model.event].flat().filter((x) => x !== null && x !== undefined).join(" = ")],
    ["Cut-off", percent(page.scorer.cutoff, 2)],
    ["Columns of the model", String(page.scorer.features.length)],
    ["Fields asked", String(page.scorer.fields.length)],
    ["Calibration", model.calibration ? model.calibration.map((one) => one.method[0]).join(", then ") : "none"],
    ["Seed", String(model.seed[0])],
    ["Fingerprint", model.fingerprint[0]],
    ["Made with", Object.entries(model.versions).map(([name, version]) => name + " " + version).join(", ")],
    ["Call", (model.call || [""])[0]],
  ];
  fillTable("model-facts", rows);
  fillTable("model-data", [
    ["Rows", n(model.n[0])],
    ["With the event", `${n(model.n_event[0])} (${percent(model.base_rate[0])})`],
    ["Fingerprint of the rows", (model.trained_on || ["not recorded"])[0]],
  ]);
  const bands = [0, ...page.scorer.bands];
  fillTable("model-bands", BANDS.map((band, k) => [band, "from " + percent(bands[k])]));
  buildColumns();
}

function fillTable(id, rows) {
  $(id).append(...rows.map(([name, value]) =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, value))));
}

// One line for each column of the model: what training rows had in it
function buildColumns() {
  const range = page.scorer.columns.range;
  $("model-columns").append(...page.scorer.features.map((feature, j) => {
    const of = (what) => elementOf(range[what], j, feature.name);
    const span = feature.levels.length > 0 ? feature.levels.length + " levels"
      : featureText(feature, of("min")) + " to " + featureText(feature, of("max"));
    return el("tr", {}, el("th", { scope: "row" }, feature.label), el("td", {}, featureText(feature, of("typical"))),
      el("td", {}, span), el("td", { class: "much" }, percent(of("missing"))));
  }));
}
