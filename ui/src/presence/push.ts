// Push notifications of this browser: they arrive even if no page is open. Loaded on demand; the server sends them
// only while the session in which the browser was added is valid.
import { api, Problem } from "../api/client";
import { session } from "../api/session.svelte";
import { recall, remember } from "../kit/local";
import { askForNotices, permission, ready } from "./notify";

/** Whose pushes this browser shows: another user who signs in here does not inherit them. */
const OWNER = "push.user";

export const possible = () => "PushManager" in window && "serviceWorker" in navigator;

async function current(): Promise<PushSubscription | null> {
  return (await (await ready())?.pushManager.getSubscription()) ?? null;
}

/** Whether this browser shows pushes for the user who is signed in. */
export async function isOn(): Promise<boolean> {
  return possible() && permission() === "granted" && mine() && (await current()) !== null;
}
const mine = () => recall<string | null>(OWNER, null) === (session.me?.user.id ?? "");

/** Asks for permission if necessary, in response to a click; false if it is denied. */
export async function turnOn(key: string): Promise<boolean> {
  await askForNotices();
  const registration = permission() === "granted" ? await ready() : null;
  if (!registration) return false;
  const known = await registration.pushManager.getSubscription();
  // A subscription for another key, from a previous server, can't be used.
  if (known && !sameKey(known, key)) await known.unsubscribe();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  await tell(subscription);
  remember(OWNER, session.me?.user.id ?? null);
  return true;
}

export async function turnOff(): Promise<void> {
  const subscription = await current();
  remember(OWNER, null);
  if (!subscription) return;
  await subscription.unsubscribe();
  try {
    await api.delete("/me/push", { body: { endpoint: subscription.endpoint } });
  } catch (error) {
    // The server had none.
    if (!(error instanceof Problem && error.status === 404)) throw error;
  }
}

/** After a sign-in: registers this browser again, which the server forgot with the previous sign-in. */
export async function renew(key: string): Promise<void> {
  const subscription = await current();
  if (!subscription) return;
  if (!mine()) await subscription.unsubscribe();
  else if (sameKey(subscription, key)) await tell(subscription);
  else await turnOn(key);
}

async function tell(subscription: PushSubscription): Promise<void> {
  const { endpoint, keys } = subscription.toJSON() as {
    endpoint: string;
    keys: { p256dh: string; auth: string };
  };
  await api.post("/me/push", { body: { endpoint, keys } });
}

function sameKey(subscription: PushSubscription, key: string): boolean {
  const bytes = subscription.options.applicationServerKey;
  if (!bytes) return true; // this browser does not say
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === key;
}
