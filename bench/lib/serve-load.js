// The caller of bench/serve.R: node serve-load.js PORT KEY FOLDER ROUTE
//
//   one      single loans, one after the other on a kept connection: latency
//   soak     20,000 single loans on 8 kept connections: lost, failed, other bits, rate
//   noise    20,000 bodies with bytes changed, cut and put in: failures, what they show
//   keys     wrong and missing keys
//
// FOLDER has `bodies`, a JSON object a line, and `prob`, 17 digits a line. Says one line
// of JSON. Sends to this machine only, and ends by itself.
"use strict";
const fs = require("fs");
const http = require("http");

const [port, key, folder, route] = process.argv.slice(2);
const bodies = fs.readFileSync(folder + "/bodies", "utf8").trim().split("\n");
const prob = fs.readFileSync(folder + "/prob", "utf8").trim().split("\n");

function post(agent, body, headers) {
  return new Promise((resolve) => {
    const from = process.hrtime.bigint();
    const all = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ...headers };
    const request = http.request(
      { host: "127.0.0.1", port, path: "/v1/score", method: "POST", agent, headers: all },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () => {
          const ms = Number(process.hrtime.bigint() - from) / 1e6;
          resolve({ status: response.statusCode, body: Buffer.concat(parts).toString(), ms });
        });
        response.on("error", () => resolve({ status: 0 }));
      }
    );
    request.setTimeout(30000, () => request.destroy());
    request.on("error", () => resolve({ status: 0 }));
    request.end(body);
  });
}

// `n` requests, `at` of them on their way at a time
async function run(n, at, make, see) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: at });
  let next = 0;
  const one = async () => {
    while (next < n) {
      const i = next++;
      const [body, headers] = make(i);
      see(i, await post(agent, body, headers));
    }
  };
  const from = Date.now();
  await Promise.all(Array.from({ length: at }, one));
  agent.destroy();
  return (Date.now() - from) / 1000;
}

const quantile = (x, p) => x[Math.min(x.length - 1, Math.floor(p * x.length))];

async function timed(n, at) {
  const out = { requests: n, lost: 0, failed: 0, refused: 0, other_bits: 0 };
  const ms = [];
  const seconds = await run(
    n, at,
    (i) => [bodies[i % bodies.length], { "X-API-Key": key }],
    (i, got) => {
      if (got.status === 0) out.lost++;
      else if (got.status >= 500) out.failed++;
      else if (got.status !== 200) out.refused++;
      else if (!got.body.includes('"prob":[' + prob[i % prob.length] + "]")) out.other_bits++;
      if (got.status === 200) ms.push(got.ms);
    }
  );
  ms.sort((a, b) => a - b);
  return { ...out, per_second: n / seconds, p50: quantile(ms, 0.5), p99: quantile(ms, 0.99) };
}

// SplitMix-like numbers, the same at every run
let state = 7;
function draw(n) {
  state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
  return ((state ^ (state >>> 13)) >>> 0) % n;
}

function spoiled(text) {
  let bytes = Buffer.from(text);
  for (let k = draw(5); k >= 0; k--) {
    const at = draw(bytes.length + 1), other = draw(bytes.length + 1);
    const cut = [
      () => Buffer.concat([bytes.subarray(0, at), Buffer.from([draw(256)]), bytes.subarray(at + 1)]),
      () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(other)]),
      () => Buffer.concat([bytes.subarray(0, at), Buffer.from("[{\"}],:\\u0"[draw(10)]), bytes.subarray(at)]),
      () => Buffer.concat([bytes.subarray(0, at), Buffer.alloc(draw(2000), 91), bytes.subarray(at)]),
    ];
    bytes = cut[draw(4)]();
  }
  return bytes;
}

const types = ["application/json", "application/x-ndjson", "text/csv", "text/xml", ""];

async function noise(n) {
  const out = { requests: n, lost: 0, failed: 0, scored: 0, refused: 0, shows_inside: 0 };
  await run(
    n, 8,
    (i) => [spoiled(bodies[i % bodies.length]), { "X-API-Key": key, "Content-Type": types[draw(5)] }],
    (i, got) => {
      if (got.status === 0) return out.lost++;
      if (got.status >= 500) out.failed++;
      else if (got.status === 200) out.scored++;
      else out.refused++;
      if (/core\/|ffi_|\.c:|Error in|lcrisk:::|traceback|\/tmp|\.Call/.test(got.body)) out.shows_inside++;
    }
  );
  return out;
}

async function keys() {
  const wrong = [{}, { "X-API-Key": "" }, { "X-API-Key": key + "0" }, { "X-API-Key": key.slice(1) },
    { Authorization: "Basic " + key }, { Authorization: "Bearer wrong" }];
  const out = { requests: 600, unauthorized: 0 };
  await run(out.requests, 4, (i) => [bodies[0], wrong[i % wrong.length]], (i, got) => {
    if (got.status === 401) out.unauthorized++;
  });
  return out;
}

const routes = { one: () => timed(2000, 1), soak: () => timed(20000, 8), noise: () => noise(20000), keys };
routes[route]().then((out) => console.log(JSON.stringify(out)));
