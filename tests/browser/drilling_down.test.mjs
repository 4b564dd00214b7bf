// Getting about in the sample reports: by keyboard, by link, by what the script adds.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./pages.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const focused = (page) => page.evaluate(() => document.activeElement.matches(".skip, summary, [tabindex='-1']") && document.activeElement.outerHTML.slice(0, 20));
const inView = (page, selector) =>
  page.locator(selector).evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return element.checkVisibility() && top < innerHeight && bottom > 0;
  });

test("the small report has its tables and controls", async () => {
  const { context, page } = await open(browser, "small");
  assert.equal(await page.locator(".glance tbody tr").count(), 2);
  assert.equal(await page.locator("#f1 .requirements tbody tr").count(), 3);
  assert.equal(await page.locator("details").count(), 9);
  assert.equal(await page.locator(".rule").count(), 9);
  assert.equal(await page.locator(".overrides tbody tr").count(), 3);
  assert.equal(await page.locator("table:not(:has(caption))").count(), 0);
  assert.equal(await page.locator("th:not([scope])").count(), 0);
  await context.close();
});

test("each status has a shape of its own", async () => {
  const { context, page } = await open(browser, "small");
  const shapes = await page.evaluate(() =>
    ["fail", "unknown", "pass", "muted", "no_data"].map((name) => getComputedStyle(document.querySelector(`b.${name}`), "::before").maskImage),
  );
  assert.equal(new Set(shapes).size, 5);
  for (const shape of shapes) assert.match(shape, /^url\("data:image\/svg/);
  await context.close();
});

test("the keyboard reaches the report, and opens a control", async () => {
  const { context, page } = await open(browser, "small");
  await page.keyboard.press("Tab");
  assert.match(await focused(page), /^<a class="skip"/);
  assert.ok(await inView(page, ".skip"), "the skip link is not seen");
  await page.keyboard.press("Enter");
  assert.match(await focused(page), /^<main/);
  for (let presses = 0; presses < 60 && !/^<summary/.test(await focused(page)); presses += 1) {
    await page.keyboard.press("Tab");
  }
  assert.match(await focused(page), /^<summary/);
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(ring, "solid");
  assert.equal(await page.locator("details[open]").count(), 0);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("details[open]").count(), 1);
  await context.close();
});

for (const javaScriptEnabled of [true, false]) {
  for (const name of ["small", "large"]) {
    test(`${name}: from a control to its rule, ${javaScriptEnabled ? "with" : "without"} script`, async () => {
      const { context, page } = await open(browser, name, { javaScriptEnabled });
      await page.locator("details").nth(4).locator("summary").click();
      const link = page.locator("details").nth(4).locator("li a").first();
      const rule = await link.getAttribute("href");
      await link.click();
      await page.waitForTimeout(200);
      assert.ok(await inView(page, `${rule} h3`), `${rule} is out of sight`);
      await context.close();
    });
  }
}

test("a link to a control opens it", async () => {
  const { context, page } = await open(browser, "small");
  await page.locator("#gaps dd a").first().click();
  await page.waitForTimeout(200);
  const control = await page.evaluate(() => location.hash);
  assert.match(control, /^#f\d+q\d+c\d+$/);
  assert.ok(await page.locator(control).evaluate((details) => details.open));
  assert.ok(await inView(page, `${control} summary`));
  await context.close();
});

test("filters hide what does not fit, but not on paper", async () => {
  const { context, page } = await open(browser, "small");
  const tools = page.locator("#f1 .tools");
  const controls = page.locator("#f1 details:visible");
  assert.equal(await controls.count(), 7);
  await tools.locator("select").selectOption("unknown");
  assert.equal(await controls.count(), 1);
  assert.equal(await tools.locator("output").textContent(), "1 of 7 shown");
  assert.equal(await page.locator("#f1 .requirement:visible").count(), 1);
  await page.emulateMedia({ media: "print" });
  assert.equal(await controls.count(), 7);
  await page.emulateMedia({ media: "screen" });
  await tools.locator("select").selectOption("");
  await tools.locator("input").fill("PATIENT numbers");
  await page.waitForTimeout(300);
  assert.equal(await controls.count(), 1);
  // A link to what is filtered away brings it back.
  await page.locator("#gaps dd a").first().click();
  await page.waitForTimeout(200);
  assert.equal(await controls.count(), 7);
  await context.close();
});

test("all controls open and close at once", async () => {
  const { context, page } = await open(browser, "small");
  await page.getByRole("button", { name: "Open all" }).first().click();
  assert.equal(await page.locator("#f1 details[open]").count(), 7);
  await page.getByRole("button", { name: "Close all" }).first().click();
  assert.equal(await page.locator("#f1 details[open]").count(), 0);
  await context.close();
});

test("tables sort by their heads", async () => {
  const { context, page } = await open(browser, "large");
  const head = page.locator(".ranked th", { hasText: "Columns" });
  const column = () => page.locator(".ranked tbody tr > :last-child").allTextContents();
  await head.getByRole("button").click();
  assert.equal(await head.getAttribute("aria-sort"), "descending");
  const falling = (await column()).map(Number);
  assert.deepEqual(falling, [...falling].sort((a, b) => b - a));
  await head.getByRole("button").press("Enter");
  assert.equal(await head.getAttribute("aria-sort"), "ascending");
  assert.deepEqual((await column()).map(Number), falling.reverse());
  await context.close();
});

test("two thousand controls are filtered while one types", async () => {
  const { context, page } = await open(browser, "large");
  const took = await page.evaluate(() => {
    const input = document.querySelector("[data-of=controls]").previousElementSibling.querySelector("select");
    const from = performance.now();
    input.value = "unknown";
    input.dispatchEvent(new Event("change"));
    return performance.now() - from;
  });
  const shown = await page.locator("#f1 .tools output").textContent();
  assert.match(shown, /^\d+ of 2\u202f000 shown$/);
  assert.ok(took < 500, `${took} ms`);
  await context.close();
});
