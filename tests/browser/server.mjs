// `classmark serve` on a store of its own, and the API to fill it with.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

/// The program to look at.
export const program = resolve(process.env.CLASSMARK ?? "../../target/release/classmark");

const permissions = ["GOVERNANCE", "security_monitoring_rules_read", "security_monitoring_rules_write"];

/// A token's secret, and its entry for the tokens file.
function token(name, id, all) {
  const made = spawnSync(program, ["serve", "token", "--format", "json", "--name", name, "--user-id", `${id}`, "--permission", ...all]);
  if (made.status !== 0) throw new Error(`no token: ${made.error ?? made.stderr}`);
  const { secret, entry } = JSON.parse(made.stdout);
  return { secret, entry };
}

/// Starts a server; `open`: without tokens. `files` are put below its files root.
export async function serve({ open = false, files } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "classmark-pages-"));
  const args = ["serve", "--store", join(folder, "store.db"), "--listen", "127.0.0.1:0", "--log", "error"];
  const tokens = open ? {} : { all: token("Ada <all>", 7, permissions), reader: token("Rea", 8, permissions.slice(1, 2)) };
  if (open) args.push("--open");
  else {
    writeFileSync(join(folder, "tokens.toml"), Object.values(tokens).map(({ entry }) => entry).join("\n"));
    args.push("--tokens", join(folder, "tokens.toml"));
  }
  if (files) args.push("--files-root", files);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const line = await Promise.race([
    once(createInterface(child.stdout), "line").then(([line]) => line),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
  ]);
  const base = line.match(/http:\S+/)[0];

  /// Calls the API; anything but success is an error.
  async function call(method, path, body) {
    const headers = open ? {} : { authorization: `Bearer ${tokens.all.secret}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async function stop() {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const [code] = await ended;
    rmSync(folder, { recursive: true, force: true });
    return code;
  }

  return { base, call, stop, secret: tokens.all?.secret, reader: tokens.reader?.secret };
}
