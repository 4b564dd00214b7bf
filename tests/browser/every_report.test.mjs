// What holds of every report in the folder, whatever it is about.

import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { address, colours, launch, names, open, path, pictures } from "./pages.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MIB = 1024 * 1024;
const isLarge = (name) => statSync(path(name)).size > MIB;

let browser;
before(async () => {
  assert.ok(names.length > 0, "there are no reports to look at");
  browser = await launch();
});
after(() => browser.close());

/// The main part's text, without what the script has put there.
const mainText = () => {
  const main = document.querySelector("main").cloneNode(true);
  for (const tools of main.querySelectorAll(".tools")) tools.remove();
  return main.textContent;
};

for (const name of names) {
  test(`${name}: opens without a word, and asks for nothing`, async () => {
    const { context, page, complaints, requests } = await open(browser, name);
    await page.locator("h1").waitFor();
    assert.equal(await page.locator("h1").count(), 1);
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    for (const landmark of ["header", "nav", "main", "footer"]) {
      assert.equal(await page.locator(`body > ${landmark}`).count(), 1, landmark);
    }
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))));
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests.filter((url) => !url.startsWith("data:")), [address(name)]);
    await context.close();
  });

  test(`${name}: names in it stay names`, async () => {
    const { context, page } = await open(browser, name);
    assert.match(await page.title(), /^Compliance report, \d{4}-\d\d-\d\d/);
    assert.equal(await page.locator("script").count(), 1);
    assert.equal(await page.locator("img, iframe, object, embed, form, base").count(), 0);
    const strange = await page.evaluate(() => {
      const plain = ["aria-hidden", "aria-label", "aria-live", "aria-sort", "autocomplete", "charset", "class", "colspan", "content", "data-of", "data-sortable", "datetime", "dir", "height", "href", "http-equiv", "id", "lang", "name", "preserveAspectRatio", "rel", "role", "scope", "spellcheck", "tabindex", "title", "type", "value", "viewBox", "width", "x"];
      const seen = new Set([...document.querySelectorAll("*")].flatMap((element) => element.getAttributeNames()));
      return [...seen].filter((attribute) => !plain.includes(attribute));
    });
    assert.deepEqual(strange, []);
    await context.close();
  });

  test(`${name}: runs and loads nothing but its own`, async () => {
    const { context, page, complaints } = await open(browser, name);
    const refused = [];
    page.on("requestfailed", (request) => refused.push(`${request.failure().errorText} ${request.url()}`));
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      const image = document.createElement("img");
      image.src = "https://example.invalid/picture.png";
      const attribute = document.createElement("button");
      attribute.setAttribute("onclick", "window.ran = true");
      document.body.append(script, image, attribute);
      attribute.click();
      await new Promise((done) => setTimeout(done, 100));
      return window.ran ?? false;
    });
    assert.equal(ran, false);
    assert.equal(complaints.filter((complaint) => complaint.includes("Content Security Policy")).length, 3);
    assert.deepEqual(refused, ["csp https://example.invalid/picture.png"]);
    await context.close();
  });

  test(`${name}: all is there without its script`, async () => {
    const scripted = await open(browser, name);
    const plain = await open(browser, name, { javaScriptEnabled: false });
    assert.equal(await plain.page.locator(".tools").count(), 0);
    const [with_, without] = [await scripted.page.evaluate(mainText), await plain.page.evaluate(mainText)];
    assert.ok(without.length > 500);
    assert.ok(with_ === without, "the script changes what the report says");
    assert.deepEqual(plain.complaints, []);
    await scripted.context.close();
    await plain.context.close();
  });

  for (const width of [320, 390, 768, 1280]) {
    test(`${name}: fits ${width} px`, async () => {
      const { context, page } = await open(browser, name, { viewport: { width, height: 844 } });
      if (!isLarge(name)) {
        await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} px of content in ${width} px`);
      await context.close();
    });
  }

  for (const colorScheme of ["light", "dark"]) {
    test(`${name}: a picture shows something, ${colorScheme}`, async () => {
      for (const width of [390, 1280]) {
        const { context, page } = await open(browser, name, { colorScheme, viewport: { width, height: 900 } });
        const png = await page.screenshot({ fullPage: !isLarge(name) });
        writeFileSync(join(pictures, `${name}-${colorScheme}-${width}.png`), png);
        const { distinct, most, light } = await colours(browser, png);
        assert.ok(distinct > 50, `${distinct} colours`);
        assert.ok(most > 0.4 && most < 0.99, `the ground covers ${most}`);
        assert.ok(colorScheme === "light" ? light > 0.9 : light < 0.2, `the ground's lightness is ${light}`);
        await context.close();
      }
    });

    test(`${name}: open to everybody, ${colorScheme}`, { skip: isLarge(name) && "its like is looked at in small" }, async () => {
      for (const width of [390, 1280]) {
        const { context, page } = await open(browser, name, { colorScheme, viewport: { width, height: 900 } });
        await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
        await page.evaluate(axe);
        const { violations, passes } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
        const told = violations.map((v) => `${v.impact} ${v.id}: ${v.nodes.map((node) => node.target).slice(0, 5)}`);
        assert.deepEqual(told, []);
        assert.ok(passes.some((rule) => rule.id === "color-contrast"), "contrast was not looked at");
        await context.close();
      }
    });
  }

  test(`${name}: prints, closed parts and all`, async () => {
    const { context, page } = await open(browser, name, { javaScriptEnabled: false, colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const paper = await page.evaluate(() => {
      const seen = (element) => element.checkVisibility({ contentVisibilityAuto: true }) && element.getBoundingClientRect().height > 0;
      const rules = [...document.querySelectorAll("details li")];
      return {
        ground: getComputedStyle(document.body).backgroundColor,
        open: document.querySelectorAll("details[open]").length,
        hidden: rules.filter((rule) => !seen(rule)).length,
        nav: seen(document.querySelector("nav")),
      };
    });
    assert.deepEqual(paper, { ground: "rgb(255, 255, 255)", open: 0, hidden: 0, nav: false });
    if (!isLarge(name)) {
      const pdf = await page.pdf({ preferCSSPageSize: true });
      writeFileSync(join(pictures, `${name}.pdf`), pdf);
      assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
      assert.ok(pdf.length > 10_000, `${pdf.length} bytes`);
    }
    await context.close();
  });

  test(`${name}: opens at once`, async () => {
    assert.ok(statSync(path(name)).size < 5 * MIB);
    const times = [];
    // A machine has other things to do as well: the best of three counts.
    for (let run = 0; run < 3; run += 1) {
      const { context, page } = await open(browser, name);
      times.push(
        await page.evaluate(async () => {
          const paint = await new Promise((done) => {
            const seen = (list) => list.getEntriesByName("first-contentful-paint").forEach((entry) => done(entry.startTime));
            new PerformanceObserver(seen).observe({ type: "paint", buffered: true });
          });
          const [navigation] = performance.getEntriesByType("navigation");
          return { paint, load: navigation.loadEventEnd };
        }),
      );
      await context.close();
    }
    const best = (what) => Math.min(...times.map((time) => time[what]));
    console.log(`${name}: ${statSync(path(name)).size} bytes, first paint ${best("paint").toFixed()} ms, loaded ${best("load").toFixed()} ms`);
    assert.ok(best("load") < 2000, `loaded in ${best("load")} ms`);
    assert.ok(best("paint") < 1000, `painted in ${best("paint")} ms`);
  });
}
