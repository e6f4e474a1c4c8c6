// node page-browser.js <chromium> <page> <csv> <folder>: opens the page in a headless
// browser, types a borrower, scores a csv and downloads the result; prints what it saw as
// JSON. Speaks to the browser through a pipe, so nothing but node is needed.
"use strict";
const { spawn } = require("child_process");

const [chromium, page, csv, folder] = process.argv.slice(2);
const browser = spawn(chromium, ["--headless", "--no-sandbox", "--disable-gpu",
  "--remote-debugging-pipe", "--user-data-dir=" + folder + "/profile"],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });

const waiting = new Map();
const seen = { requests: [], errors: [], finished: false };
let last = 0;
let rest = "";

browser.stdio[4].on("data", (data) => {
  const parts = (rest + data).split("\0");
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) {
      const { resolve, reject } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) reject(new Error(message.error.message));
      else resolve(message.result);
    } else if (message.method === "Network.requestWillBeSent") {
      seen.requests.push(message.params.request.url.slice(0, 60));
    } else if (message.method === "Runtime.exceptionThrown" || message.method === "Log.entryAdded") {
      seen.errors.push(JSON.stringify(message.params).slice(0, 300));
    } else if (message.method === "Browser.downloadProgress" && message.params.state === "completed") {
      seen.finished = true;
    }
  }
});

function send(method, params, sessionId) {
  const id = ++last;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

async function run() {
  await send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true });
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const tell = (method, params) => send(method, params || {}, sessionId);
  const ask = async (expression) => {
    const answer = await tell("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(expression + ": " + answer.exceptionDetails.text);
    return answer.result.value;
  };
  const until = async (expression) => {
    for (let i = 0; i < 300; i++) {
      if (await ask(expression)) return;
      await new Promise((go) => setTimeout(go, 50));
    }
    throw new Error("waited too long for " + expression);
  };
  const type = async (name, text) => {
    await ask(`(() => { const e = document.querySelector('#form [name="${name}"]'); e.focus(); e.select(); })()`);
    await tell("Input.insertText", { text });
  };
  for (const domain of ["Page", "Network", "Runtime", "Log", "DOM"]) await tell(domain + ".enable");
  await tell("Page.navigate", { url: "file://" + page });
  await until("document.body && document.body.dataset.ready === '1'");

  const out = { typical: Number(await ask("$('pd').dataset.value")) };
  await type("income", "33.25");
  await type("score", "651");
  await ask("(() => { const e = document.querySelector('#form [name=home]'); e.value = 'RENT';" +
    " e.dispatchEvent(new Event('input')); })()");
  out.typed = await ask("$('pd').dataset.value");
  out.row = await ask("JSON.stringify(Object.fromEntries(page.scorer.fields.map((f) => [f.name, page.row[f.index]])))");
  out.shown = await ask("$('pd').textContent");
  out.verdict = await ask("$('verdict').textContent");
  out.pushes = await ask("document.querySelectorAll('#pushes li').length");
  await type("income", "33,25");
  out.comma = await ask("$('pd').textContent + ' ' + document.querySelector('[name=income]').getAttribute('aria-invalid')");
  await type("income", "33.25");
  out.again = await ask("$('pd').dataset.value");

  await ask("openTab($('tab-batch'))");
  const { root } = await tell("DOM.getDocument");
  const { nodeId } = await tell("DOM.querySelector", { nodeId: root.nodeId, selector: "#file" });
  await tell("DOM.setFileInputFiles", { nodeId, files: [csv] });
  await until("!$('batch-result').hidden || $('batch-error').textContent !== ''");
  out.error = await ask("$('batch-error').textContent");
  out.batch = await ask("JSON.stringify(page.scored ? page.scored.pd : [])");
  await ask("$('download').click()");
  for (let i = 0; i < 200 && !seen.finished; i++) await new Promise((go) => setTimeout(go, 50));
  out.alien = await ask("document.querySelectorAll('#batch-preview b, #form b, img').length");
  out.unlabelled = await ask("[...document.querySelectorAll('#form input, #form select')]" +
    ".filter((e) => e.labels.length === 0).length");
  console.log(JSON.stringify({ ...out, ...seen }));
}

run().then(() => browser.kill(), (error) => {
  console.error(error.message);
  browser.kill();
  process.exitCode = 1;
});
