// A laptop that is closed, a phone that is locked: the page is hidden and frozen, and none of its clocks runs.
// Playwright makes each page believe that it is looked at, so this belief is taken away first; there is no public way.

const belief = (page, enabled) =>
  page._connection
    .toImpl(page)
    .delegate._mainFrameSession._client.send("Emulation.setFocusEmulationEnabled", { enabled });

const lifecycle = async (page, state) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Page.setWebLifecycleState", { state });
  await devtools.detach();
};

/** From now on nothing can be asked of the page until it wakes. */
export async function fallAsleep({ page }) {
  await belief(page, false);
  await lifecycle(page, "frozen");
}

export async function wake({ page }) {
  await lifecycle(page, "active");
  await belief(page, true);
}
