// The server's own sentences, in the language of the page. English pages show them unchanged.
import { language } from "../kit/locale";

let translate = (text: string) => text;
if (language !== "en")
  import("./server-sentences").then(
    (loaded) => (translate = loaded.translate),
    () => {}, // then they are shown in English
  );

export const fromServer = (text: string): string => translate(text);
