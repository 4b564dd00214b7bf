// The pages of `classmark serve`, as people and their browsers meet them.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { colours, launch, pictures } from "./pages.mjs";
import { serve } from "./server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const demo = resolve("../../fixtures/demo");
const script = "<script>window.ran = true</script>";

let browser, server, paths;

/// A framework with a second and a third version, and one whose names are odd.
async function fill({ call }) {
  const tag = (name) => ({ name, source: "curated" });
  const rule = (name, columnTags, more = {}) => ({ name, classificationTag: tag("PII.Email"), columnTags: columnTags.map(tag), ...more });
  const crm = {
    shortName: "crm",
    name: "Customers and Whom to Ask",
    description: "What is known of people who buy from us.\nAsk governance before you change it.",
    active: true,
    tags: [{ ...tag("PII.Email"), description: "Reaches somebody", sensitivities: [{ dimension: "confidentiality", sensitivity: 2 }] }],
    rules: [
      rule("Mail of customers", ["Email"], { neighborColumnTags: [tag("Name"), { name: "Person", source: "collibra" }], tableTags: [tag("Customer")] }),
      rule("Mail", ["Mail", "Verified"]),
    ],
  };
  const { id } = await call("POST", "/frameworks", crm);
  await call("PUT", `/frameworks/${id}`, { rules: [rule("Mail of customers", ["Email"], { tableTags: [tag("Customer")] }), rule("Other mail", ["Letter"])] });
  await call("PUT", `/frameworks/${id}`, { active: false, description: "Shorter." });
  await call("PUT", `/frameworks/${id}`, { active: true });
  const odd = `${script}\u202e${"long".repeat(60)}`;
  await call("POST", "/frameworks", { ...crm, shortName: odd, name: odd, description: odd, active: false });
  const { frameworks } = await call("GET", "/frameworks");
  for (const framework of frameworks.filter((framework) => framework.system)) await call("PUT", `/frameworks/${framework.id}`, { active: true });
  const base = "/api/v2/cloud_security_management/custom_frameworks";
  const attributes = {
    handle: "privacy",
    version: "1.0",
    name: "Privacy Controls",
    description: "What we promise.",
    requirements: [
      { name: "Contacts are known", controls: [{ name: "Mail is tagged", rules_id: ["crm/mail-of-customers", "classmark-base/email"] }, { name: "Phones are tagged", rules_id: ["classmark-base/phone"] }] },
      { name: script, controls: [{ name: script, rules_id: ["classmark-base/date-of-birth"] }] },
    ],
  };
  await call("POST", base, { data: { type: "custom_framework", attributes } });
  let run = await call("POST", "/runs", { columns: ["catalog.parquet"], overrides: ["overrides.csv"], asOf: "2026-11-21", report: true });
  while (run.state === "queued" || run.state === "running") {
    await new Promise((done) => setTimeout(done, 50));
    run = await call("GET", `/runs/${run.id}`);
  }
  assert.equal(run.state, "done", JSON.stringify(run));
  return {
    overview: "/",
    frameworks: "/view/frameworks",
    framework: `/view/frameworks/${id}`,
    earlier: `/view/frameworks/${id}?version=1`,
    versions: `/view/frameworks/${id}/versions`,
    difference: `/view/frameworks/${id}/difference?from=1&to=4`,
    odd: `/view/frameworks/${frameworks.find((framework) => framework.name === odd).id}`,
    compliance: "/view/compliance",
    privacy: "/view/compliance/privacy/1.0",
    runs: "/view/runs",
    run: `/view/runs/${run.id}`,
    evaluate: "/view/evaluate",
    audit: "/view/audit",
    lost: "/view/nowhere",
  };
}

before(async () => {
  browser = await launch();
  server = await serve({ files: demo });
  paths = await fill(server);
});
after(async () => {
  await browser?.close();
  assert.equal(await server?.stop(), 0);
});

/// A browser of somebody who has signed in, unless `secret` is null.
async function visit({ secret = server.secret, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => requests.push(request.url()));
  if (secret !== null) {
    await page.goto(`${server.base}/sign-in`);
    await page.getByLabel("Secret of your token").fill(secret);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    complaints.length = 0;
    requests.length = 0;
  }
  const go = (path) => page.goto(server.base + path);
  return { context, page, complaints, requests, go };
}

/// Holds a page to what axe knows of access.
async function openToEverybody(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map((v) => `${v.impact} ${v.id}: ${v.nodes.map((node) => node.target).slice(0, 5)}`);
  assert.deepEqual(told, [], what);
}

test("signing in and out, by keyboard and without a script", async () => {
  const { context, page, go } = await visit({ secret: null, javaScriptEnabled: false });
  const asked = await go(paths.difference);
  assert.equal(asked.status(), 401);
  assert.equal(await page.getByRole("navigation").getByRole("link").count(), 1);
  for (const secret of ["cmk_wrong", server.secret]) {
    await page.getByLabel("Secret of your token").focus();
    await page.keyboard.type(secret);
    await page.keyboard.press("Enter");
    if (secret !== server.secret) await page.getByRole("alert").waitFor();
  }
  await page.getByRole("heading", { name: "What changed" }).waitFor();
  assert.equal(page.url(), server.base + paths.difference);
  const [cookie, ...others] = await context.cookies();
  assert.deepEqual(others, []);
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.path], [true, "Strict", "/"]);
  assert.ok(!cookie.value.includes(server.secret));
  assert.ok((await page.getByRole("navigation").textContent()).includes("Ada <all>"));
  await page.getByRole("button", { name: "Sign out" }).press("Enter");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.deepEqual(await context.cookies(), []);
  assert.equal((await go("/")).status(), 401);
  await context.addCookies([cookie]);
  assert.equal((await go("/")).status(), 401);
  await context.close();
});

test("a walk through the pages, without a script", async () => {
  const { context, page, go } = await visit({ javaScriptEnabled: false });
  const links = page.getByRole("navigation").getByRole("link");
  assert.deepEqual(await links.allTextContents(), ["Overview", "Frameworks", "Compliance", "Runs", "Evaluate", "Audit log"]);
  await links.getByText("Frameworks").click();
  await page.getByRole("link", { name: "Customers and Whom to Ask" }).click();
  const main = page.getByRole("main");
  await main.getByText("A column gets PII.Email if it has the tag Email and its data source has Customer.").waitFor();
  await main.getByRole("link", { name: /rules? (added|removed|changed)/ }).first().click();
  await main.getByText("It no longer asks for Name on some column of the data source.").waitFor();
  await page.getByLabel("After, version").fill("4");
  await page.getByRole("button", { name: "Compare" }).click();
  assert.match(page.url(), /difference\?from=1&to=4$/);
  await links.getByText("Compliance").click();
  await page.getByRole("link", { name: "Privacy Controls" }).click();
  await main.getByRole("link", { name: "classmark-base/phone" }).click();
  assert.match(page.url(), /#r\d+$/);
  await links.getByText("Runs").click();
  await main.getByRole("row").nth(1).getByRole("link").click();
  await main.getByRole("link", { name: "report.html" }).click();
  assert.match(await page.title(), /^Compliance report/);
  await go(paths.audit);
  assert.ok((await main.getByRole("row").count()) > 8);
  await context.close();
});

test("a catalog typed in", async () => {
  const { context, page, go } = await visit({ javaScriptEnabled: false });
  await go(paths.evaluate);
  const [area, button, main] = [page.getByRole("textbox"), page.getByRole("button", { name: "Evaluate" }), page.getByRole("main")];
  await area.fill("shop.people.*: Customer\nshop.people.mail: Email\nshop.people.id:");
  await button.click();
  const rows = (column) => main.locator("tbody").filter({ has: page.getByRole("rowheader", { name: `shop.people.${column}` }) });
  await rows("mail").getByText("PII.Email").waitFor();
  await rows("id").getByText("No rule says anything of it.").waitFor();
  await main.getByRole("link", { name: "crm/mail-of-customers" }).click();
  await main.getByText("A column gets PII.Email if it has the tag Email and its data source has Customer.").waitFor();
  await area.fill(`shop.people.mail: Email\n${script}`);
  await button.click();
  await page.getByRole("alert").getByText("Line 2:").waitFor();
  assert.equal(await area.inputValue(), `shop.people.mail: Email\n${script}`);
  assert.equal(await area.getAttribute("aria-invalid"), "true");
  await context.close();
});

test("answers to forms are open to everybody, too", async () => {
  for (const [colorScheme, width] of [["light", 1280], ["dark", 390]]) {
    const { context, page, go } = await visit({ colorScheme, viewport: { width, height: 900 } });
    for (const [name, text] of [["result", null], ["faults", `shop.people.mail: Email\n${script}\nnothing`]]) {
      await go(paths.evaluate);
      if (text !== null) await page.getByRole("textbox").fill(text);
      await page.getByRole("button", { name: "Evaluate" }).click();
      await page.getByRole("heading", { name: text === null ? "Result" : "Not evaluated" }).waitFor();
      await openToEverybody(page, `${name} ${colorScheme} ${width}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${name}: ${wide} px of content in ${width} px`);
      writeFileSync(join(pictures, `server-${name}-${colorScheme}-${width}.png`), await page.screenshot({ fullPage: true }));
    }
    await context.close();
  }
  const { context, page } = await visit({ secret: null });
  await page.goto(server.base);
  await openToEverybody(page, "sign in");
  writeFileSync(join(pictures, "server-sign-in.png"), await page.screenshot());
  await context.close();
});

test("whoever may less sees less", async () => {
  const { context, page, go } = await visit({ secret: server.reader });
  const links = page.getByRole("navigation").getByRole("link");
  assert.deepEqual(await links.allTextContents(), ["Overview", "Compliance"]);
  assert.equal((await go(paths.framework)).status(), 403);
  await page.getByText("The token lacks the permission").waitFor();
  assert.equal((await go(paths.privacy)).status(), 200);
  assert.equal(await page.getByText("A column gets").count(), 0);
  await context.close();
});

test("every page asks for nothing else, runs nothing, and is open to everybody", async () => {
  for (const [colorScheme, width] of [["light", 1280], ["dark", 390], ["light", 390], ["dark", 1280]]) {
    const { context, page, complaints, requests, go } = await visit({ colorScheme, viewport: { width, height: 900 } });
    for (const [name, path] of Object.entries(paths)) {
      complaints.length = requests.length = 0;
      const answer = await go(path);
      assert.equal(answer.status(), name === "lost" ? 404 : 200, path);
      assert.deepEqual(requests.filter((url) => !url.startsWith("data:")), [server.base + path]);
      assert.deepEqual(complaints.filter((complaint) => name !== "lost" || !complaint.includes("404")), [], path);
      assert.equal(await page.locator("h1").count(), 1, path);
      for (const landmark of ["header", "nav", "main", "footer"]) assert.equal(await page.locator(`body > ${landmark}`).count(), 1, `${path} ${landmark}`);
      assert.equal(await page.locator("script, img, iframe, object, embed, base").count(), 0, path);
      assert.equal(await page.evaluate(() => window.ran ?? false), false, path);
      await openToEverybody(page, `${path} ${colorScheme} ${width}`);
      const png = await page.screenshot({ fullPage: true });
      writeFileSync(join(pictures, `server-${name}-${colorScheme}-${width}.png`), png);
      const { most, light } = await colours(browser, png);
      assert.ok(most > 0.4 && most < 0.995, `${path}: the ground covers ${most}`);
      assert.ok(colorScheme === "light" ? light > 0.9 : light < 0.2, `${path}: the ground's lightness is ${light}`);
    }
    await context.close();
  }
});

test("every page fits, however narrow, and prints", async () => {
  for (const width of [320, 390, 768, 1024]) {
    const { context, page, go } = await visit({ viewport: { width, height: 844 } });
    for (const path of Object.values(paths)) {
      await go(path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${path}: ${wide} px of content in ${width} px`);
    }
    await context.close();
  }
  const { context, page, go } = await visit({ colorScheme: "dark" });
  await go(paths.framework);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  for (const hidden of ["nav", "form"]) assert.equal(await page.locator(`${hidden}:visible`).count(), 0, hidden);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  writeFileSync(join(pictures, "server-framework.pdf"), pdf);
  assert.ok(pdf.length > 10_000);
  await context.close();
});

test("what is brought onto a page does not run", async () => {
  const { context, page, complaints, go } = await visit();
  await go("/");
  const ran = await page.evaluate(async () => {
    const [script, image, button, style] = ["script", "img", "button", "style"].map((name) => document.createElement(name));
    script.textContent = "window.ran = true";
    image.src = "https://example.invalid/picture.png";
    button.setAttribute("onclick", "window.ran = true");
    style.textContent = "body { display: none }";
    document.body.append(script, image, button, style);
    button.click();
    await new Promise((done) => setTimeout(done, 100));
    return [window.ran ?? false, getComputedStyle(document.body).display === "none"];
  });
  assert.deepEqual(ran, [false, false]);
  assert.equal(complaints.filter((complaint) => complaint.includes("Content Security Policy")).length, 4);
  await context.close();
});

test("other sites can neither send our forms nor show our pages", async () => {
  const { context, page } = await visit();
  const [session] = await context.cookies();
  const forms = ["/sign-out", "/sign-in", "/view/evaluate"].map((path) => `<form method="post" action="${server.base}${path}"><input name="secret" value="${server.secret}"><input name="catalog" value="a.b: C"><button>${path}</button></form>`);
  const evil = createServer((_, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end(`<title>evil</title>${forms.join("")}<iframe src="${server.base}/"></iframe>`);
  });
  await new Promise((done) => evil.listen(0, "127.0.0.1", done));
  // The same address by another name: another site.
  const address = `http://localhost:${evil.address().port}/`;
  for (const path of ["/sign-out", "/sign-in", "/view/evaluate"]) {
    await page.goto(address);
    const [answer] = await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: path }).click()]);
    assert.equal(answer.status(), 403, path);
    assert.deepEqual(await context.cookies(), [session], path);
  }
  await page.goto(address);
  const frame = page.frames().find((frame) => frame !== page.mainFrame());
  assert.ok(!(await frame.content()).includes("Overview"));
  assert.equal((await page.goto(server.base)).status(), 200);
  await new Promise((done) => evil.close(done));
  await context.close();
});

test("a server that is open says so", async () => {
  const open = await serve({ open: true });
  const page = await browser.newPage();
  await page.goto(open.base);
  await page.getByText("This server is open").waitFor();
  await page.getByText("No framework is active").waitFor();
  assert.equal(await page.getByText("Sign").count(), 0);
  await openToEverybody(page, "open");
  await page.close();
  assert.equal(await open.stop(), 0);
});
