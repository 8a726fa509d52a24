// Programs that a journey starts. Each is ended by its own id, at the latest when this process ends.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createServer } from "node:net";

const running = new Set();

/** How long anything is waited for; a busy machine needs more. */
export const PATIENCE = 15_000 * Number(process.env.DESKBELL_PATIENCE ?? 1);

/** Starts a program; what it prints goes to a file and is kept for error messages. */
export function start(program, args, { env, cwd, log }) {
  const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const file = createWriteStream(log);
  const spawned = { child, printed: "", ended: null };
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.on("data", (chunk) => {
      spawned.printed = (spawned.printed + chunk).slice(-100_000);
      file.write(chunk);
    });
  }
  running.add(spawned);
  spawned.exit = new Promise((resolve) => {
    child.on("error", (error) => {
      spawned.ended = `could not be started: ${error.message}`;
      running.delete(spawned);
      resolve(null);
    });
    child.on("exit", (code, signal) => {
      spawned.ended = signal ? `ended by ${signal}` : `ended with status ${code}`;
      running.delete(spawned);
      file.end();
      resolve(code);
    });
  });
  return spawned;
}

/** Asks a program to end, and makes it after a while. */
export async function stop(spawned, patience = 8_000) {
  if (spawned.ended) return;
  spawned.child.kill("SIGTERM");
  const late = setTimeout(() => spawned.child.kill("SIGKILL"), patience);
  await spawned.exit;
  clearTimeout(late);
}

/** Ends what still runs, at once. */
export function endAll() {
  for (const spawned of running) spawned.child.kill("SIGKILL");
  running.clear();
}

/** Runs a program to its end and gives back what it wrote; fails with what it complained about. */
export function output(program, args, { env, cwd, input = "" } = {}) {
  const done = spawnSync(program, args, { env, cwd, input, encoding: "utf8", timeout: 30_000 });
  if (done.error) throw new Error(`${program} could not be run: ${done.error.message}`);
  if (done.status !== 0)
    throw new Error(`${program} ${args.join(" ")} failed (${done.status}): ${done.stderr || done.stdout}`);
  return done.stdout;
}

/** A port below the range from which outgoing connections take theirs, so that none takes it before we do. */
export async function freePort() {
  for (let n = 0; n < 100; n++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await new Promise((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error("No free port was found between 20000 and 32000.");
}

/** Waits until `ask` gives something true; says what was waited for if it never does. */
export async function until(what, ask, patience = PATIENCE) {
  const end = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`After ${patience / 1000} s still not: ${what} (last: ${last}).`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
