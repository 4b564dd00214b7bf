// Opening reports in Debian's Chromium, with an eye on what they should not do.

import { mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

/// The folder of the reports to look at, and the one that pictures go to.
export const reports = resolve(process.env.REPORTS ?? "../../target/reports");
export const pictures = resolve(process.env.PICTURES ?? join(reports, "pictures"));
mkdirSync(pictures, { recursive: true });

/// The reports that are there, by name.
export const names = readdirSync(reports)
  .filter((file) => file.endsWith(".html"))
  .map((file) => file.slice(0, -".html".length))
  .sort();

export const path = (name) => join(reports, `${name}.html`);
export const address = (name) => pathToFileURL(path(name)).href;

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });

/// Opens a report in a context of its own. What the page says on the console and
/// asks of others is in `complaints` and `requests`.
export async function open(browser, name, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(address(name));
  return { context, page, complaints, requests };
}

/// How many colours a picture has, and what share of it the most frequent one fills.
export async function colours(browser, png) {
  const page = await browser.newPage();
  try {
    return await page.evaluate(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const counts = new Map();
      for (const pixel of new Uint32Array(data.buffer)) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
      const [[most, count]] = [...counts].sort((a, b) => b[1] - a[1]);
      // Little-endian ABGR; its lightness, roughly.
      const light = ((most & 255) + ((most >> 8) & 255) + ((most >> 16) & 255)) / 765;
      return { distinct: counts.size, most: count / (data.length / 4), light };
    }, png.toString("base64"));
  } finally {
    await page.close();
  }
}
