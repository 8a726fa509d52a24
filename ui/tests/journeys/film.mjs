// Films by hand: an administrator films two windows in the browser, keeps the film, and it stands in Recordings. Chromium
// without a screen has no windows to share, so two moving canvases stand in for what `getDisplayMedia` answers; all else,
// from the stage to the video that lies on the server, is real.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { journey } from "./harness/journey.mjs";
import { createGateway, signIn } from "./harness/people.mjs";
import { until } from "./harness/process.mjs";

const hasFfmpeg = () => {
  try {
    execFileSync("ffprobe", ["-version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

/** In the page: shared windows in bright colours with a clock, so that each picture differs from the last. */
const standIn = () => {
  const colours = ["#cfe3ff", "#f6e7c8", "#d9f2dc"];
  window.shared = [];
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 960, height: 944 });
    const [to, colour] = [canvas.getContext("2d"), colours[window.shared.length % colours.length]];
    setInterval(() => {
      to.fillStyle = colour;
      to.fillRect(0, 0, 960, 944);
      to.fillStyle = "#222";
      to.font = "64px sans-serif";
      to.fillText(new Date().toISOString().slice(11, 22), 80, 200);
    }, 40);
    const stream = canvas.captureStream(25);
    window.shared.push(stream);
    return stream;
  };
};

journey("Filming by hand", { demo: "empty" }, async (t) => {
  const { desk } = t;
  const app = { id: desk.told(/App ID +(\d+)/), secret: desk.told(/App Secret +([0-9a-f]+)/) };
  const anna = {
    email: desk.told(/Sign in as +(\S+@\S+)/),
    password: desk.told(/password +(\S+)/),
    name: "Anna Admin",
  };
  const boss = await t.window("Anna");
  const { page } = boss;
  await boss.context.addInitScript(standIn);
  const button = (name) => page.getByRole("button", { name, exact: true });
  const shots = page.getByRole("complementary", { name: "Shots" });
  let address;
  let remote;

  await t.step("from Recordings an administrator comes to the stage", async () => {
    await signIn(boss, desk, anna);
    await createGateway(boss, desk, app);
    address = page.url().replace(/(gateways\/[^/]+).*/, "$1");
    await page.goto(`${address}/review#recordings`);
    const step = page.locator('[data-step="recordings"]');
    const head = step.locator("h2 button");
    await head.waitFor();
    if ((await head.getAttribute("aria-expanded")) === "false") await head.click();
    await step.getByRole("link", { name: "Film the real Messenger" }).click();
    await button("Start filming").waitFor();
    assert.equal(await button("Start filming").isDisabled(), true, "nothing is shared yet");
    await t.look(boss, "begin");
  });

  await t.step("she chooses film and windows", async () => {
    await page.getByRole("combobox", { name: "Film", exact: true }).selectOption("pages_messaging");
    await button("Choose the Messenger window").click();
    await button("Choose the Deskbell window").click();
    await until(
      "both are in the picture",
      async () => (await page.getByText("Chosen", { exact: true }).count()) === 2,
    );
    await t.look(boss, "ready");
  });

  await t.step("a small window with the shots stays in front of the others", async () => {
    const opened = boss.context.waitForEvent("page");
    await button("Keep the shots in front").click();
    remote = await opened;
    await remote.getByText("Sign out of Facebook").waitFor();
  });

  await t.step("she films: the card, shots at her own pace, and a pause", async () => {
    await remote.getByRole("button", { name: "Start filming" }).click();
    await shots.getByText("The first card is shown").waitFor();
    await shots.locator("li.now").waitFor();
    await page.waitForTimeout(2_000);
    await remote.getByRole("button", { name: "Next shot" }).click();
    await page.waitForTimeout(2_000);
    await remote.screenshot({ path: join(t.results, "remote.png") });
    await t.look(boss, "filming");
    await button("Show Facebook’s login window").click();
    await page.waitForTimeout(1_000);
    await button("Remove the login window").click();
    await button("Pause").click();
    await page.getByText("Paused", { exact: true }).waitFor();
    await page.waitForTimeout(1_500);
    await button("Resume").click();
  });

  await t.step("a window that is no longer shared pauses, and says so", async () => {
    await page.evaluate(() => {
      const track = window.shared[0].getVideoTracks()[0];
      track.stop();
      track.dispatchEvent(new Event("ended"));
    });
    await page.getByText("the Messenger window is no longer shared").waitFor();
    await t.look(boss, "lost");
    assert.equal(await button("Resume").isDisabled(), true, "half a stage is no film");
    await button("Choose the Messenger window").click();
    await button("Resume").click();
    await button("Next shot").click();
    await page.waitForTimeout(2_000);
    await t.look(boss, "next");
  });

  await t.step("leaving asks first", async () => {
    await page.getByRole("link", { name: "Overview" }).click();
    const asked = page.getByRole("alertdialog").or(page.getByRole("dialog"));
    await asked.getByText("Leave this film?").waitFor();
    await page.keyboard.press("Escape");
    await asked.waitFor({ state: "detached" });
  });

  await t.step("she finishes, looks at it, and keeps it", async () => {
    await button("Finish").click();
    await page.getByLabel("The film", { exact: true }).waitFor();
    await until("it plays", () =>
      page
        .getByLabel("The film", { exact: true })
        .evaluate((video) => video.readyState >= 2 && video.videoWidth === 1920),
    );
    await t.look(boss, "finished");
    await button("Save").click();
    await page.getByText("Film saved").first().waitFor();
    await button("Start filming").waitFor();
  });

  await t.step("it stands in Recordings, and is a film of 1920 × 1080 with captions", async () => {
    const gateway = address.split("/").at(-1);
    const name = await page.evaluate(async (id) => {
      const told = await (await fetch(`/api/v1/gateways/${id}/review/recordings`)).json();
      return told.items.find((it) => it.source === "filmed").name;
    }, gateway);
    const bytes = await page.evaluate(async (path) => {
      const blob = await (await fetch(path)).blob();
      return new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.split(",")[1]);
        reader.readAsDataURL(blob);
      });
    }, `/api/v1/gateways/${gateway}/review/recordings/${name}`);
    const file = join(t.results, name);
    writeFileSync(file, Buffer.from(bytes, "base64"));
    await page.goto(`${address}/review#recordings`);
    await page.getByText("· Filmed by you").waitFor();
    await t.look(boss, "recordings");
    if (!hasFfmpeg()) return console.log("    SKIPPED, the video itself is not looked at: ffmpeg is missing");
    const probed = execFileSync("ffprobe", [
      "-v",
      "error",
      "-select_streams",
      "v",
      "-count_packets",
      "-show_entries",
      "stream=codec_name,width,height,nb_read_packets",
      "-of",
      "json",
      file,
    ]);
    const [{ codec_name, width, height, nb_read_packets }] = JSON.parse(probed).streams;
    assert.deepEqual([width, height], [1920, 1080]);
    assert.match(codec_name, /^(h264|vp9|vp8)$/);
    assert.ok(Number(nb_read_packets) > 100, `${nb_read_packets} pictures`);
    const at = (second, part) =>
      execFileSync(
        "ffmpeg",
        [
          "-v",
          "error",
          "-ss",
          `${second}`,
          "-i",
          file,
          "-frames:v",
          "1",
          "-vf",
          `crop=${part}`,
          "-f",
          "rawvideo",
          "-pix_fmt",
          "gray",
          "-",
        ],
        { maxBuffer: 1 << 24 },
      );
    const mean = (pixels) => pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length;
    const [left, right, strip] = ["900:900:20:60", "900:900:980:60", "1600:70:30:1000"];
    assert.ok(mean(at(7.5, left)) > 120 && mean(at(7.5, right)) > 120, "both windows are in the picture");
    assert.ok(mean(at(3, left)) < 90, "the card comes first");
    const words = [7.5, 9.5].map((second) => at(second, strip));
    const differ = words[0].reduce((sum, pixel, n) => sum + (Math.abs(pixel - words[1][n]) > 60 ? 1 : 0), 0);
    assert.ok(differ > 500, `each shot has a caption of its own (${differ} pixels differ)`);
  });

  await t.step("without shared windows a sentence says what is needed; a phone shows all of it", async () => {
    await boss.context.addInitScript(
      () =>
        delete MediaDevices.prototype.getDisplayMedia && (navigator.mediaDevices.getDisplayMedia = undefined),
    );
    await page.goto(`${address}/film`);
    await page.getByText("This browser can’t film shared windows").waitFor();
    await page.getByRole("link", { name: /Storyboard/ }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await t.look(boss, "unable");
  });
});
