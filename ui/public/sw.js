// Shows notifications for pages of Deskbell: Android's browsers allow them only to a service worker. It caches
// nothing and answers no request.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? "/"));
});

/** Brings an open page of ours to the front and leads it to `path`, or opens one. */
async function open(path) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => one.visibilityState === "visible") ?? pages[0];
  // The scope is where this installation lives: it may be a path of the host.
  if (!page) return self.clients.openWindow(new URL(`.${path}`, self.registration.scope));
  page.postMessage({ kind: "go", path });
  return page.focus();
}
