// A headless Chromium, spoken to through a pipe (the DevTools protocol), so that nothing
// but node is needed. `browse(chromium, folder, visit)` opens a window, calls visit(tab),
// prints what that returns as one line of JSON, and ends the browser.
"use strict";
const { spawn } = require("child_process");
const fs = require("fs");

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

// Everything the browser sends and answers
function connect(browser, seen) {
  const waiting = new Map();
  let last = 0, rest = "";
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
        seen.requests.push(message.params.request.url.slice(0, 80));
      } else if (message.method === "Runtime.exceptionThrown" || message.method === "Log.entryAdded") {
        seen.errors.push(JSON.stringify(message.params).slice(0, 400));
      } else if (message.method === "Browser.downloadProgress" && message.params.state === "completed") {
        seen.downloads++;
      }
    }
  });
  return (method, params, sessionId) => {
    const id = ++last;
    browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  };
}

class Tab {
  constructor(send, sessionId, seen) {
    Object.assign(this, { seen, tell: (method, params) => send(method, params || {}, sessionId) });
  }

  // The value of an expression, a promise awaited
  async ask(expression) {
    const answer = await this.tell("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) {
      const { text, exception } = answer.exceptionDetails;
      throw new Error(expression.slice(0, 200) + ": " + text + " " + (exception ? exception.description : ""));
    }
    return answer.result.value;
  }

  async until(expression, seconds = 20) {
    for (let i = 0; i < seconds * 20; i++) {
      if (await this.ask(expression)) return;
      await pause(50);
    }
    throw new Error("waited too long for " + expression);
  }

  async open(url, ready) {
    await this.tell("Page.navigate", { url });
    await this.until(ready);
  }

  // Text typed into an element, in place of what stood there
  async type(selector, text) {
    await this.ask(`(() => { const e = document.querySelector(${JSON.stringify(selector)}); e.focus(); e.select(); })()`);
    await this.tell("Input.insertText", { text });
  }

  async press(key) {
    const code = { Tab: 9, Enter: 13, ArrowRight: 39, ArrowLeft: 37, Home: 36, End: 35 }[key];
    for (const type of ["keyDown", "keyUp"]) {
      await this.tell("Input.dispatchKeyEvent", { type, key, code: key, windowsVirtualKeyCode: code });
    }
  }

  async choose(selector, value) {
    await this.ask(`(() => { const e = document.querySelector(${JSON.stringify(selector)});` +
      ` e.value = ${JSON.stringify(value)}; for (const what of ["input", "change"])` +
      ` e.dispatchEvent(new Event(what, { bubbles: true })); })()`);
  }

  async giveFile(selector, path) {
    const { root } = await this.tell("DOM.getDocument");
    const { nodeId } = await this.tell("DOM.querySelector", { nodeId: root.nodeId, selector });
    await this.tell("DOM.setFileInputFiles", { nodeId, files: [path] });
  }

  async downloaded(count) {
    for (let i = 0; i < 400 && this.seen.downloads < count; i++) await pause(50);
    return this.seen.downloads;
  }

  // `settings`: width, height, dark, phone
  async look(settings) {
    const { width = 1280, height = 900, dark = false, phone = false } = settings;
    await this.tell("Emulation.setDeviceMetricsOverride",
      { width, height, deviceScaleFactor: phone ? 2 : 1, mobile: phone });
    await this.tell("Emulation.setEmulatedMedia",
      { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
  }

  async picture(path, whole) {
    const size = whole ? { captureBeyondViewport: true } : {};
    const { data } = await this.tell("Page.captureScreenshot", { format: "png", ...size });
    fs.writeFileSync(path, Buffer.from(data, "base64"));
  }

  async print(path) {
    const { data } = await this.tell("Page.printToPDF", { preferCSSPageSize: true });
    fs.writeFileSync(path, Buffer.from(data, "base64"));
  }

  // Serious and critical findings of axe-core, whose script is at `path`
  async axe(path) {
    await this.ask(fs.readFileSync(path, "utf8") + "; 0");
    return this.ask(`axe.run(document, { resultTypes: ["violations"] }).then((found) => found.violations
      .filter((one) => ["serious", "critical"].includes(one.impact))
      .map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120) + " " +
        node.failureSummary.slice(0, 200)).join(" | ")))`);
  }
}

async function browse(chromium, folder, visit) {
  const browser = spawn(chromium, ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--remote-debugging-pipe", "--user-data-dir=" + folder + "/profile"],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const seen = { requests: [], errors: [], downloads: 0 };
  try {
    const send = connect(browser, seen);
    await send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true });
    const { targetId } = await send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new Tab(send, sessionId, seen);
    for (const domain of ["Page", "Network", "Runtime", "Log", "DOM"]) await tab.tell(domain + ".enable");
    const out = await visit(tab);
    console.log(JSON.stringify({ ...out, ...tab.seen }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
  browser.kill();
}

module.exports = { browse, pause };
