// Cards and buttons of a flow's node, as the form changes them.
import type { Template, TemplateButton } from "../../api/models";

export type Edited = Extract<Template, { type: "button" | "generic" }>;
/** what a node may contain in addition to its text; pictures and receipts are written as JSON */
export type Kind = "" | "button" | "generic" | "other";
export type ButtonKind = TemplateButton["type"];

export function kindOf(template: Template | undefined): Kind {
  if (!template) return "";
  return template.type === "button" || template.type === "generic" ? template.type : "other";
}

export function newButton(kind: ButtonKind = "postback"): TemplateButton {
  return kind === "web_url"
    ? { type: "web_url", title: "", url: "https://" }
    : { type: kind, title: "", payload: "" };
}

/** The template in another form, with what both forms have: no input is lost when switching between them. */
export function turned(template: Template | undefined, kind: "button" | "generic"): Edited {
  if (template?.type === kind) return template as Edited;
  if (template?.type === "generic") {
    const first = template.elements[0];
    return {
      type: "button",
      text: first?.title ?? "",
      buttons: first?.buttons?.length ? first.buttons : [newButton()],
    };
  }
  if (template?.type === "button")
    return { type: "generic", elements: [{ title: template.text, buttons: template.buttons }] };
  return kind === "button"
    ? { type: "button", text: "", buttons: [newButton()] }
    : { type: "generic", elements: [{ title: "", buttons: [] }] };
}

/** The button as another kind of button: its title stays. */
export function asKind(button: TemplateButton, kind: ButtonKind): TemplateButton {
  return button.type === kind ? button : { ...newButton(kind), title: button.title };
}

/** Whether a problem's field has its own place in the form. */
export function hasPlace(field: string): boolean {
  return /^\/template\/(text|elements\/\d+\/(title|subtitle|url|image_url)|(elements\/\d+\/)?buttons\/\d+\/(title|payload|url))$/.test(
    field,
  );
}
