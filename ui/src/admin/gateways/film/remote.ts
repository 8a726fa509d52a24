// A small window that stays in front: the person who films works in two other windows and must see what comes next.
import { mount, unmount } from "svelte";
import Remote from "./Remote.svelte";
import type { Studio } from "./studio.svelte";

type PictureInPicture = { requestWindow(options: { width: number; height: number }): Promise<Window> };
const place = () => (window as { documentPictureInPicture?: PictureInPicture }).documentPictureInPicture;

export const canFloat = () => place() !== undefined;

/** Opens it; the returned function closes it. */
export async function float(studio: Studio, onstart: () => void, onclosed: () => void): Promise<() => void> {
  const small = await place()!.requestWindow({ width: 400, height: 320 });
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"], style'))
    small.document.head.append(sheet.cloneNode(true));
  const { theme } = document.documentElement.dataset;
  if (theme) small.document.documentElement.dataset.theme = theme;
  small.document.documentElement.lang = document.documentElement.lang;
  const remote = mount(Remote, { target: small.document.body, props: { studio, onstart } });
  small.addEventListener("pagehide", () => {
    void unmount(remote);
    onclosed();
  });
  return () => small.close();
}
