// System notifications, while the tab is not visible. They are shown by a service worker where there is one, because
// Android's browsers throw at `new Notification`. Nothing here ever throws: notifications are optional.
import { outer } from "../base";
import { router } from "../router.svelte";

type Notice = { title: string; body: string; path: string };

let registration: Promise<ServiceWorkerRegistration | null> | null = null;
/** shown by this page itself, by tag */
const pageNotices = new Map<string, Notification>();
const wanted = new Set<string>();

/** Asks for permission. Browsers only allow this in response to a click. */
export async function askForNotices(): Promise<void> {
  void ready();
  try {
    if (permission() === "default") await Notification.requestPermission();
  } catch {
    // Old Safari knows another signature; then there are no notices.
  }
}

/** Shows a notice; another one with the same tag replaces it, from whichever tab it comes. True if it is shown. */
export async function notify(tag: string, notice: Notice): Promise<boolean> {
  if (permission() !== "granted") return false;
  wanted.add(tag);
  const options = { tag, body: notice.body, data: { path: notice.path } };
  try {
    const worker = await ready();
    if (!wanted.has(tag)) return false; // over before it was shown
    if (worker) {
      await worker.showNotification(notice.title, options);
      if (!wanted.has(tag)) await closeNotice(tag);
      return true;
    }
    const shown = new Notification(notice.title, options);
    shown.onclick = () => {
      window.focus();
      void router.go(notice.path);
      shown.close();
    };
    pageNotices.set(tag, shown);
    return true;
  } catch {
    // The title, the sound and the screen show it too.
    return false;
  }
}

export async function closeNotice(tag: string): Promise<void> {
  wanted.delete(tag);
  pageNotices.get(tag)?.close();
  pageNotices.delete(tag);
  try {
    const shown = (await (await ready())?.getNotifications({ tag })) ?? [];
    for (const notice of shown) notice.close();
  } catch {
    // It disappears with the browser.
  }
}

export const permission = (): NotificationPermission =>
  "Notification" in window ? Notification.permission : "denied";

/** The worker that shows notices; null where the browser has none (plain http, private windows). */
export function ready(): Promise<ServiceWorkerRegistration | null> {
  registration ??= register();
  return registration;
}

async function register(): Promise<ServiceWorkerRegistration | null> {
  if (!("serviceWorker" in navigator)) return null;
  try {
    navigator.serviceWorker.addEventListener(
      "message",
      (event: MessageEvent<{ kind?: string; path?: string }>) => {
        if (event.data.kind === "go" && event.data.path) void router.go(event.data.path);
      },
    );
    await navigator.serviceWorker.register(outer("/sw.js"));
    return await Promise.race([
      navigator.serviceWorker.ready,
      // A worker that can't be installed would leave this waiting forever.
      new Promise<null>((done) => setTimeout(() => done(null), 5_000)),
    ]);
  } catch {
    return null;
  }
}
