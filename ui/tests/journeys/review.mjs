// App Review: an administrator walks the tab from the first question to the archive, and what is told there becomes true
// by use. The pictures of docs/app-review.md are taken here, into docs/pictures if DESKBELL_PICTURES is set.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { steadyBox } from "./harness/browser.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent, Phone, connectPages, createGateway, signIn, whoIsOffered } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";
import { zipNames } from "./harness/zip.mjs";

const PICTURES = process.env.DESKBELL_PICTURES
  ? join(dirname(fileURLToPath(import.meta.url)), "../../../docs/pictures")
  : null;
const MESSAGING = "pages_messaging";

/** The tab as one uses it. */
class Tab {
  constructor(page) {
    this.page = page;
  }

  step(key) {
    return this.page.locator(`[data-step="${key}"]`);
  }

  /** Opens a step and answers it. */
  async open(key) {
    const step = this.step(key);
    const button = step.locator("h2 button");
    if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
    return step;
  }

  /** Opens the row of a permission and answers it. */
  async permission(key) {
    const row = (await this.open("permissions")).locator(`[data-permission="${key}"]`);
    const button = row.locator("h3 button");
    if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
    return row;
  }

  async save() {
    await this.page.getByRole("button", { name: "Save", exact: true }).click();
    await this.page.getByRole("region", { name: "Unsaved changes" }).waitFor({ state: "detached" });
  }

  async ready() {
    const words = await this.page.getByText(/^\d+ of \d+ ready$/).textContent();
    return Number(words.split(" ")[0]);
  }
}

journey("App Review", { demo: "empty" }, async (t) => {
  const { desk } = t;
  const app = { id: desk.told(/App ID +(\d+)/), secret: desk.told(/App Secret +([0-9a-f]+)/) };
  const anna = {
    email: desk.told(/Sign in as +(\S+@\S+)/),
    password: desk.told(/password +(\S+)/),
    name: "Anna Admin",
  };
  const boss = await t.window("Anna");
  const { page } = boss;
  const tab = new Tab(page);
  let address;

  /** A picture for the guide: a part of the page, as far as a tall window shows it. */
  const picture = async (name, part, height) => {
    if (!PICTURES) return;
    await page.setViewportSize({ width: 1440, height });
    await part.evaluate((element) => element.scrollIntoView({ block: "start" }));
    await page.mouse.move(0, 0);
    const box = await steadyBox(part);
    const clip = {
      x: box.x - 16,
      y: Math.max(0, box.y - 16),
      width: box.width + 32,
      height: Math.min(box.height + 32, height - Math.max(0, box.y - 16)),
    };
    await page.screenshot({
      path: join(PICTURES, `review-${name}.png`),
      clip,
      style: ".toasts { display: none !important; }",
    });
    await page.setViewportSize({ width: 1440, height: 900 });
  };
  /** As another administrator would, at the same time. */
  const meanwhile = (change) =>
    page.evaluate(
      async ([id, body]) => {
        const answer = await fetch(`/api/v1/gateways/${id}/review`, {
          method: "PATCH",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
        if (!answer.ok) throw new Error(await answer.text());
      },
      [address.split("/").at(-2), change],
    );

  await t.step("an administrator connects a Page and opens App Review", async () => {
    await signIn(boss, desk, anna);
    await createGateway(boss, desk, app);
    await connectPages(boss, { person: "Anna", pages: ["Lavka"] });
    await page.getByRole("tab", { name: "App Review" }).click();
    await page
      .getByText(/ready$/)
      .first()
      .waitFor();
    address = page.url();
    await t.look(boss, "begin");
  });

  await t.step("says who will write: Meta must review the app", async () => {
    const step = await tab.open("audience");
    await step.getByRole("radio", { name: "Anyone: our customers" }).check();
    await step.getByRole("radio", { name: "Our own administrators, who have a role on the app" }).check();
    await page.getByText("Changed: Who will write and connect").waitFor();
    await tab.save();
    await tab.step("audience").getByText("Ready").waitFor();
    await t.look(boss, "audience");
    await tab.open("audience");
    await picture("tab", page.locator(".room"), 860);
  });

  await t.step("ticks what only she knows, and it counts at once", async () => {
    const before = await tab.ready();
    const step = await tab.open("app");
    await step.getByRole("checkbox", { name: "App icon of 1024 × 1024" }).check();
    await until("it counts", async () => (await tab.ready()) === before + 1);
    assert.equal(
      await page.getByRole("region", { name: "Unsaved changes" }).count(),
      0,
      "a tick needs no saving",
    );
    await t.look(boss, "app-settings");
    await picture("app", step, 900);
  });

  await t.step("a text in her own words is kept, and taken back to ours", async () => {
    const row = await tab.permission(MESSAGING);
    const text = row.getByRole("textbox", { name: "Text for Meta’s form" });
    const ours = await text.inputValue();
    assert.match(ours, /Lavka/);
    await text.fill(`${ours}\n\nOur shop answers about forty questions a day this way.`);
    await tab.save();
    await page.reload();
    const again = (await tab.permission(MESSAGING)).getByRole("textbox", { name: "Text for Meta’s form" });
    assert.match(await again.inputValue(), /forty questions/);
    await row.getByRole("button", { name: "Use the suggested text: Text of pages_messaging" }).click();
    await tab.save();
    assert.equal(await again.inputValue(), ours);
    await t.look(boss, "permission");
  });

  await t.step("what was never called becomes fresh when a customer is answered", async () => {
    const row = await tab.permission(MESSAGING);
    await row.locator("h3").getByText("Never called").waitFor();
    const state = await t.sandbox.control("GET", "/state");
    const someone = state.customers[0];
    const customer = { id: someone.id, name: `${someone.first_name} ${someone.last_name}`.trim() };
    const agent = new Agent(await t.window("Anna at the desk"), anna);
    await signIn(agent.window, desk, anna);
    await agent.goOnline(desk);
    const phone = await Phone.open(
      t,
      state.pages.find((one) => one.name === "Lavka"),
      customer,
    );
    await phone.write("Hello");
    await phone.choose("Talk to an agent");
    await whoIsOffered([agent], customer);
    await agent.offerOf(customer).getByRole("button", { name: "Accept" }).click();
    await agent.open(customer);
    await agent.write("Good morning, how can I help?");
    await phone.sees("Good morning, how can I help?");
    await page.reload();
    for (const key of [
      "pages_show_list",
      MESSAGING,
      "pages_manage_metadata",
      "business_asset_user_profile_access",
    ]) {
      await (
        await tab.open("permissions")
      )
        .locator(`[data-permission="${key}"] h3`)
        .getByText("Called", { exact: true })
        .waitFor();
    }
    await tab.permission(MESSAGING);
    await t.look(boss, "evidence");
    await picture("permission", row, 1100);
  });

  await t.step("Meta is asked, and its answer is shown beside hers", async () => {
    await page.getByRole("button", { name: "Read from Meta" }).click();
    await page.getByText(/^Checked/).waitFor();
    const row = await tab.permission(MESSAGING);
    await row.getByText("Meta’s Graph API says:").waitFor();
    assert.equal(await row.getByText("The state at Meta is not known yet").count(), 0);
  });

  await t.step(
    "answers what only the business knows; others' answers at the same moment are asked about",
    async () => {
      boss.expected.push(/status of (422|409) .*\/review\b/);
      const step = await tab.open("data");
      const country = step.getByRole("textbox", { name: "In which country is this person or entity?" });
      await step.getByRole("radio", { name: "No", exact: true }).first().check();
      await step.getByRole("textbox", { name: /person or entity responsible/ }).fill("Lavka Ltd");
      await step.getByRole("textbox", { name: /At which e-mail address/ }).fill("not an address");
      await country.fill("Ukraine");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await until(
        "the wrong field says why",
        async () =>
          (await step
            .getByRole("textbox", { name: /At which e-mail address/ })
            .getAttribute("aria-invalid")) === "true",
      );
      await step.getByRole("textbox", { name: /At which e-mail address/ }).fill("privacy@lavka.example");
      await meanwhile({ answers: { country: "Poland" } });
      await page.getByRole("button", { name: "Save", exact: true }).click();
      const asked = page.getByRole("dialog");
      await asked.getByText("Poland").waitFor();
      await t.look(boss, "somebody-was-quicker");
      await asked.getByRole("button", { name: "Save mine", exact: false }).click();
      await asked.waitFor({ state: "detached" });
      await page.getByRole("region", { name: "Unsaved changes" }).waitFor({ state: "detached" });
      assert.equal(await country.inputValue(), "Ukraine");
      await t.look(boss, "data-handling");
      await picture("data", step, 1000);
    },
  );

  await t.step("the privacy policy in her own words is what the public reads", async () => {
    const step = await tab.open("data");
    const policy = step.locator('[data-legal="privacy"]');
    await policy.getByRole("button", { name: "Edit Privacy policy" }).click();
    const text = policy.getByRole("textbox", { name: "Privacy policy", exact: true });
    await text.fill(`${await text.inputValue()}\n\n## Our shop\n\nAsk Olha at the counter. <b>Not bold</b>`);
    await policy
      .getByRole("region", { name: "Preview of Privacy policy" })
      .getByRole("heading", { name: "Our shop" })
      .waitFor();
    await t.look(boss, "policy");
    await tab.save();
    const opened = boss.context.waitForEvent("page");
    await policy.getByRole("link", { name: "Open the page" }).click();
    const reader = await opened;
    await reader.getByRole("heading", { name: "Our shop" }).waitFor();
    await reader.getByText("<b>Not bold</b>").waitFor();
    await reader.getByText("Lavka Ltd").first().waitFor();
    await reader.close();
  });

  await t.step("one button makes the reviewer's access, and it stands in the instructions", async () => {
    boss.expected.push(/status of 404 .*\/review\/access\b/);
    const step = await tab.open("reviewer");
    await step.getByRole("button", { name: "Create reviewer account" }).click();
    const email = await until("the sign-in is there", () =>
      step.getByRole("textbox", { name: "E-mail", exact: true }).inputValue(),
    );
    assert.match(email, /@/);
    await step.getByRole("region", { name: "Reviewer instructions" }).getByText(email).waitFor();
    await step.locator('[data-check="reviewer_account"].done').waitFor();
    await t.look(boss, "reviewer-access");
    await picture("access", step.locator("#access"), 1100);
  });

  await t.step("leaving with something unsaved asks first", async () => {
    const step = await tab.open("reviewer");
    await step.getByRole("textbox", { name: "Notes for the reviewer" }).fill("Ring twice.");
    await page.getByRole("link", { name: "Overview" }).click();
    const asked = page.getByRole("alertdialog").or(page.getByRole("dialog"));
    await asked.waitFor();
    await page.keyboard.press("Escape");
    await asked.waitFor({ state: "detached" });
    assert.equal(page.url().split("#")[0], address.split("#")[0]);
    await tab.save();
    await step.getByRole("region", { name: "Reviewer instructions" }).getByText("Ring twice.").waitFor();
    await t.look(boss, "instructions");
    await picture("instructions", step.locator("#instructions"), 900);
  });

  await t.step("a refusal says what to change, and where", async () => {
    const row = await tab.permission(MESSAGING);
    await row.getByRole("combobox", { name: "Review status" }).selectOption({ label: "Refused" });
    await row
      .getByRole("combobox", { name: "What Meta says is wrong" })
      .selectOption({ label: "The recording starts after the login, or cuts the grant out" });
    await row.getByText("Begin signed out of everything").first().waitFor();
    await picture("refusal", row.locator(".status"), 1000);
    await tab.save();
    await tab
      .step("submission")
      .getByText(/Needs attention/)
      .waitFor();
    await t.look(boss, "refused");
    await row.getByRole("link", { name: "Recordings" }).click();
    await tab.step("recordings").getByText("One recording for each permission and feature").waitFor();
  });

  await t.step("submits again, and sees all of it under Submission", async () => {
    const step = await tab.open("submission");
    await step.getByRole("button", { name: "I submitted it again today" }).click();
    await tab.save();
    await step.getByText("Submitted", { exact: true }).first().waitFor();
    await t.look(boss, "submission");
    await picture("submission", step, 900);
  });

  await t.step("everything comes as one archive", async () => {
    const coming = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download everything as a ZIP" }).click();
    const download = await coming;
    const names = zipNames(readFileSync(await download.path()));
    const wanted = [
      "index.html",
      "instructions.html",
      "instructions.txt",
      `permissions/${MESSAGING}.txt`,
      "permissions/pages_show_list.txt",
      "data-handling.txt",
      "privacy.html",
      "data-deletion.html",
      "checklist.html",
      "evidence.csv",
    ];
    assert.deepEqual(
      wanted.filter((name) => !names.includes(name)),
      [],
      `of ${names.join(", ")}`,
    );
  });

  await t.step("the keyboard alone opens a step, a phone shows all of it, and so does the dark", async () => {
    const button = tab.step("business").locator("h2 button");
    await button.focus();
    await page.keyboard.press("Enter");
    await tab.step("business").getByRole("checkbox", { name: "Business Verification is done" }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await until("nothing is wider than the phone", () =>
      page.evaluate(() => {
        const pane = document.querySelector(".page");
        return (
          document.documentElement.scrollWidth <= innerWidth &&
          (!pane || pane.scrollWidth <= pane.clientWidth)
        );
      }),
    );
    await t.look(boss, "narrow");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 1440, height: 900 });
    for (const key of ["data", "reviewer", "permissions"])
      await (await tab.open(key)).evaluate((step) => step.scrollIntoView());
    await t.look(boss, "dark");
  });
});
