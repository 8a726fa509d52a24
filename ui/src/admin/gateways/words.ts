// What accounts are called on each channel, and where they are seen at Meta.
import type { AccountChannel, ConnectedAccount, Page } from "../../api/models";
import { m } from "../../paraglide/messages.js";

type Named = { name: string };
type Labels = {
  /** the tab and the table */ list: () => string;
  one: () => string;
  search: () => string;
  id: () => string;
  idCopied: () => string;
  copyId: (given: Named & { id: string }) => string;
  remove: () => string;
  removeText: () => string;
  open: () => string;
  unusable: () => string;
  choose: () => string;
  chooseText: () => string;
  chooseNone: () => string;
  /** what the object is called under Webhooks in Meta's dashboard */ pasteWhere: () => string;
  pasteFields: () => string;
};

const OF: Record<AccountChannel, Labels> = {
  messenger: {
    list: m.admin_gw_tab_pages,
    one: m.admin_page,
    search: m.admin_pages_search,
    id: m.admin_page_id,
    idCopied: m.admin_page_id_copied,
    copyId: m.admin_page_copy_id,
    remove: m.admin_page_remove,
    removeText: m.admin_page_remove_text,
    open: m.admin_page_open,
    unusable: m.admin_page_unusable,
    choose: m.admin_choose_title,
    chooseText: m.admin_choose_text,
    chooseNone: m.admin_choose_none,
    pasteWhere: m.admin_paste_way_two,
    pasteFields: m.admin_paste_fields,
  },
  instagram: {
    list: m.admin_ig_list,
    one: m.admin_ig_one,
    search: m.admin_ig_search,
    id: m.admin_ig_id,
    idCopied: m.admin_account_id_copied,
    copyId: m.admin_account_copy_id,
    remove: m.admin_account_remove,
    removeText: m.admin_account_remove_text,
    open: m.admin_ig_open,
    unusable: m.admin_account_unusable,
    choose: m.admin_ig_choose,
    chooseText: m.admin_ig_choose_text,
    chooseNone: m.admin_ig_choose_none,
    pasteWhere: m.admin_ig_paste_where,
    pasteFields: m.admin_ig_paste_fields,
  },
  whatsapp: {
    list: m.admin_wa_list,
    one: m.admin_wa_one,
    search: m.admin_wa_search,
    id: m.admin_wa_id,
    idCopied: m.admin_wa_id_copied,
    copyId: m.admin_wa_copy_id,
    remove: m.admin_wa_remove,
    removeText: m.admin_account_remove_text,
    open: m.admin_wa_open,
    unusable: m.admin_account_unusable,
    choose: m.admin_wa_choose,
    chooseText: m.admin_wa_choose_text,
    chooseNone: m.admin_wa_choose_none,
    pasteWhere: m.admin_wa_paste_where,
    pasteFields: m.admin_wa_paste_fields,
  },
};

export const wordsOf = (channel: AccountChannel): Labels => OF[channel];

/** What Meta calls the channel: a name, the same in every language. */
export const channelName = (channel: string): string =>
  ({ messenger: "Messenger", instagram: "Instagram", whatsapp: "WhatsApp" })[channel] ?? channel;

/** By what people know an account: its user name, its number, else its id. */
export function handle(account: Page & Partial<ConnectedAccount>): string {
  if (account.username) return `@${account.username}`;
  return account.phone ?? account.id;
}

/** Where customers see it. */
export function publicUrl(channel: AccountChannel, account: Page & Partial<ConnectedAccount>): string | null {
  const at = encodeURIComponent;
  if (channel === "messenger") return `https://www.facebook.com/${at(account.id)}`;
  if (channel === "instagram")
    return account.username ? `https://www.instagram.com/${at(account.username)}/` : null;
  return account.phone ? `https://wa.me/${account.phone.replace(/\D/gu, "")}` : null;
}

/** Where customers write to it. */
export function writeUrl(channel: AccountChannel, account: Page & Partial<ConnectedAccount>): string | null {
  if (channel === "messenger") return `https://m.me/${encodeURIComponent(account.id)}`;
  if (channel === "instagram")
    return account.username ? `https://ig.me/m/${encodeURIComponent(account.username)}` : null;
  return publicUrl(channel, account);
}
