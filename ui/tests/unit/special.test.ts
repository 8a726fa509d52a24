// What a channel offers besides words and files, and what its forms send.
import { expect, test } from "vitest";
import {
  askLocationOf,
  cardOf,
  choicesOf,
  contactOf,
  isWrongLink,
  linkOf,
  listOf,
  locationOf,
  offered,
  placeFrom,
} from "../../src/workspace/special/special";
import { instagram, messenger, whatsapp } from "../fixtures/channels";

test("each channel offers what it has, and nothing before that is known", () => {
  expect(offered(undefined)).toEqual([]);
  expect(offered(messenger)).toEqual(["choices", "link", "card"]);
  expect(offered(instagram)).toEqual(["choices", "card", "heart"]);
  expect(offered(whatsapp)).toEqual(["choices", "list", "link", "location", "contact", "ask_location"]);
});

test.each([
  ["50.4501, 30.5234", 50.4501, 30.5234],
  ["-33.86;151.2", -33.86, 151.2],
  ["https://www.openstreetmap.org/?mlat=50.45&mlon=30.52#map=16/50.45/30.52", 50.45, 30.52],
  ["https://www.google.com/maps/@50.45,30.52,15z", 50.45, 30.52],
  ["https://maps.google.com/?q=50.45%2C30.52", 50.45, 30.52],
])("a place is read from %s", (written, latitude, longitude) => {
  expect(placeFrom(written)).toEqual({ latitude, longitude });
});

test.each(["", "Kyiv", "91, 30", "50.4, 181", "50.4", "1 2 3"])("%j is no place", (written) => {
  expect(placeFrom(written)).toBeNull();
});

test("forms that are not filled in send nothing", () => {
  expect(locationOf("Kyiv", "", "")).toBeNull();
  expect(contactOf("Olena", " ", "", "Lavka")).toBeNull();
  expect(choicesOf("", ["Yes"])).toBeNull();
  expect(choicesOf("Which?", [" ", ""])).toBeNull();
  expect(listOf("Which?", "", [{ title: "A", description: "" }])).toBeNull();
  expect(linkOf(whatsapp, "Look", "Open", "javascript:alert(1)")).toBeNull();
  expect(cardOf({ title: "A", subtitle: "", picture: "", button: "", url: "" })).toBeNull();
  expect(cardOf({ title: "A", subtitle: "b", picture: "", button: "Open", url: "" })).toBeNull();
  expect(cardOf({ title: "A", subtitle: "b", picture: "no address", button: "", url: "" })).toBeNull();
  expect(askLocationOf(" ")).toBeNull();
});

test("what goes out is trimmed, without empty rows", () => {
  expect(locationOf("50.4,30.5", " Shop ", "")).toEqual({
    location: { latitude: 50.4, longitude: 30.5, name: "Shop", address: null },
  });
  expect(contactOf(" Olena ", "+380440000000", "", "")).toEqual({
    contacts: [{ name: "Olena", phones: ["+380440000000"], emails: [], organization: null }],
  });
  expect(choicesOf(" Which? ", ["Blue ", "", "Red"])).toEqual({
    text: "Which?",
    quick_replies: ["Blue", "Red"],
  });
  const rows = [
    { title: "Blue", description: "In stock" },
    { title: " ", description: "nothing" },
    { title: "Red", description: "" },
  ];
  expect(listOf("Which?", "Colours", rows)).toEqual({
    text: "Which?",
    list: {
      button: "Colours",
      sections: [
        {
          rows: [
            { id: "1", title: "Blue", description: "In stock" },
            { id: "2", title: "Red", description: null },
          ],
        },
      ],
    },
  });
});

test("a link is a button of the channel, or a card's where it has none", () => {
  const url = "https://lavka.example/1";
  expect(linkOf(whatsapp, "Look", "Open", url)).toEqual({ text: "Look", link: { title: "Open", url } });
  expect(linkOf(messenger, "Look", "Open", url)).toEqual({
    template: { type: "button", text: "Look", buttons: [{ type: "web_url", title: "Open", url }] },
  });
  expect(cardOf({ title: "Kettle", subtitle: "", picture: "", button: "Open", url })).toEqual({
    template: {
      type: "generic",
      elements: [
        {
          title: "Kettle",
          subtitle: null,
          image_url: null,
          url,
          buttons: [{ type: "web_url", title: "Open", url }],
        },
      ],
    },
  });
});

test("an address is wrong as soon as something else is written, and never while nothing is", () => {
  expect(["lavka.example", "www.lavka.example/a", "javascript:alert(1)", "h"].every(isWrongLink)).toBe(true);
  expect(["", "  ", "https://lavka.example/a", " http://lavka.example "].some(isWrongLink)).toBe(false);
});
