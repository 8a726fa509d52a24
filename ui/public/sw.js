// Shows notifications for pages of Deskbell: Android's browsers allow them only to a service worker. It shows what the
// server pushes while no page is open or looked at. It caches nothing and answers no request.

/** The texts of pushes. The server sends what happened; the words are in the user's language, else the browser's. */
const WORDS = {
  en: {
    unnamed: "Customer without a name",
    offer: (name) => `Offer from ${name}`,
    message: "New message",
    mention: (by) => `${by} mentioned you in a note`,
    lost: "You are about to lose your conversations",
    lostText:
      "The connection to this device was lost. Open Deskbell, or your conversations go to colleagues.",
    flowFailed: (flow) => `The flow “${flow}” has a problem`,
    flowFailedText: (step) => `The step “${step}” failed. Customers who reach it wait in the queue.`,
    other: "Open Deskbell",
  },
  uk: {
    unnamed: "Клієнт без імені",
    offer: (name) => `Запит: ${name}`,
    message: "Нове повідомлення",
    mention: (by) => `${by} згадує вас у нотатці`,
    lost: "Ви ось-ось втратите свої розмови",
    lostText: "Втрачено зв’язок із цим пристроєм. Відкрийте Deskbell, інакше розмови перейдуть до колег.",
    flowFailed: (flow) => `Проблема у сценарії «${flow}»`,
    flowFailedText: (step) => `Крок «${step}» не вдався. Клієнти, які доходять до нього, чекають у черзі.`,
    other: "Відкрийте Deskbell",
  },
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? "/"));
});

// The browser has another address for us: the server learns of it.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(
    (async () => {
      const options = event.oldSubscription?.options;
      const subscription =
        event.newSubscription ?? (options && (await self.registration.pushManager.subscribe(options)));
      if (!subscription) return;
      await fetch(new URL("./api/v1/me/push", self.registration.scope), {
        method: "POST",
        credentials: "same-origin",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(subscription),
      });
    })(),
  );
});

/** Shows what was pushed, unless a page is looked at, which tells it better. Few pages show failures of flows. */
async function show(data) {
  let push = {};
  try {
    push = data?.json() ?? {};
  } catch {
    // Something is shown all the same: browsers end a subscription whose pushes show nothing.
  }
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const isLookedAt = pages.some((page) => page.visibilityState === "visible");
  if (isLookedAt && push.kind !== "flow_failed") return;
  const { title, body } = said(push, WORDS[push.language ?? spoken()]);
  await self.registration.showNotification(title, {
    body,
    tag: push.tag ?? "deskbell",
    // Another offer under the same tag rings again.
    renotify: true,
    icon: new URL("./icon-192.png", self.registration.scope).href,
    data: { path: push.path ?? "/" },
  });
}

function said(push, words) {
  const name = push.name || words.unnamed;
  if (push.kind === "offer") return { title: words.offer(name), body: push.place };
  if (push.kind === "message") return { title: name, body: words.message };
  if (push.kind === "mention") return { title: name, body: words.mention(push.by) };
  if (push.kind === "lost") return { title: words.lost, body: words.lostText };
  if (push.kind === "flow_failed") {
    return { title: words.flowFailed(push.flow), body: words.flowFailedText(push.step) };
  }
  return { title: "Deskbell", body: words.other };
}

function spoken() {
  const languages = self.navigator.languages ?? [self.navigator.language ?? "en"];
  return languages.map((name) => name.split("-")[0]).find((name) => name in WORDS) ?? "en";
}

/** Brings an open page of ours to the front and leads it to `path`, or opens one. */
async function open(path) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => one.visibilityState === "visible") ?? pages[0];
  // The scope is where this installation lives: it may be a path of the host.
  if (!page) return self.clients.openWindow(new URL(`.${path}`, self.registration.scope));
  page.postMessage({ kind: "go", path });
  return page.focus();
}
