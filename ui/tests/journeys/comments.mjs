// Comments on posts: an agent finds a new one in Workspace, answers it privately, and continues with its author.
import assert from "node:assert/strict";
import { CUSTOMERS, PAGES } from "./harness/deskbell.mjs";
import { Customer, connectLavka } from "./harness/customers.mjs";
import { journey } from "./harness/journey.mjs";
import { Agent, signIn } from "./harness/people.mjs";

const { olena } = CUSTOMERS;

journey("Comments", { on: ["sqlite", "postgres"] }, async (t) => {
  const { desk, sandbox } = t;
  await connectLavka(t);
  const maya = desk.addUser({ email: "maya@example.org", name: "Maya Lind", role: "agent" });
  const agent = new Agent(await t.window(maya.name), maya);
  const { page } = agent;
  const group = page.getByRole("region", { name: /^Comments/ });
  const comment = (id, text) => {
    const post = `${PAGES.lavka.id}_5`;
    const value = {
      item: "comment",
      verb: "add",
      comment_id: id,
      post_id: post,
      parent_id: post,
      message: text,
    };
    const from = { id: "300400500", name: "Olena K." };
    const created_time = Math.floor(Date.now() / 1_000);
    const item = { field: "feed", value: { ...value, from, created_time } };
    const path = `/pages/${PAGES.lavka.id}/customers/${olena.id}/event`;
    return sandbox.control("POST", path, { kind: "comment", item });
  };

  await t.step("an agent sees a new comment without a reload", async () => {
    await signIn(agent.window, desk, maya);
    await agent.goOnline(desk);
    await group.getByRole("button", { name: /^Comments/ }).click();
    await group.getByText("Comments and visitors’ posts appear here").waitFor();
    await comment("5_7", "How much is the jam?");
    await group.getByRole("link", { name: /How much is the jam/ }).waitFor();
    await group.getByRole("button", { name: "Comments 1" }).waitFor();
    await t.look(agent.window, "comments");
  });

  await t.step("replies privately, once", async () => {
    await group.getByRole("link", { name: /How much is the jam/ }).click();
    const pane = page.getByRole("region", { name: "Comment by Olena K." });
    await pane.getByRole("textbox").fill("80 UAH a jar.");
    await t.look(agent.window, "comment");
    await pane.getByRole("button", { name: "Send reply" }).click();
    await pane.getByText(/^(Replied|Reply delivered|Reply read)$/).waitFor();
    assert.equal(await pane.getByRole("textbox").count(), 0, "a second one is not possible");
    await new Customer(sandbox, olena).gets("80 UAH a jar.");
  });

  await t.step("continues when the author answers", async () => {
    await page.getByRole("link", { name: "See the conversation" }).click();
    await agent.sees("80 UAH a jar.");
    await new Customer(sandbox, olena).write("One, please");
    await agent.sees("One, please");
    await agent.write("It is kept for you.");
    await new Customer(sandbox, olena).gets("It is kept for you.");
    await t.look(agent.window, "continued");
  });

  await t.step("marks another one as done", async () => {
    await comment("5_8", "Lovely shop!");
    await group.getByRole("link", { name: /Lovely shop/ }).click();
    await page.getByRole("button", { name: "Mark as done" }).click();
    await page.getByText("Maya Lind marked it as done.").waitFor();
    await group.getByRole("button", { name: "Comments", exact: true }).waitFor();
  });
});
