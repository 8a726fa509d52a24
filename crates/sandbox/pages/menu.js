// What a customer can do besides writing, on each channel: the entries of the phone's menu.
const shared = view => [['block', view.blocked ? 'Unblock' : 'Block'], ['day', 'Let a day pass']];
const menu = view => (view.page.profile.persistent_menu?.[0]?.call_to_actions || []).filter(it => it.type === 'postback').map((it, n) => [`menu-${n}`, `☰ ${it.title}`]);
const messenger = view => [
  ...menu(view), ['start', 'Get started'], ['referral', 'Open by m.me link'], ['location', 'Send location'], ['audio', 'Send voice note'],
  ['block', view.blocked ? 'Unblock the Page' : 'Block the Page'], ['day', 'Let a day pass'],
];
const breakers = view => (view.page.profile.ice_breakers?.[0]?.call_to_actions || []).map((it, n) => [`ice-${n}`, it.question]);
const instagram = view => [
  ...breakers(view), ...menu(view), ['mention', 'Mention in a story'], ['story', 'Reply to a story'], ['over', 'Let the stories end'], ['once', 'Send view-once photo'],
  ['post', 'Share a post'], ['audio', 'Send voice note'], ['referral', 'Open by ig.me link'], ['unsupported', 'Send something unsupported'],
  ['access', view.customer.instagram.allows_access ? 'Forbid access to messages' : 'Allow access to messages'], ...shared(view),
];
const whatsapp = view => [
  ['audio', 'Send voice note'], ['location', 'Send location'], ['sticker', 'Send sticker'], ['card', 'Send contact card'], ['order', 'Order bread'],
  ['ad', 'Write from an ad'], ['group', 'Write in a group'], ['move', 'Move to another number'],
  ['hide', view.customer.whatsapp.shows_phone ? 'Hide my phone number' : 'Show my phone number'],
  ['marketing', view.marketing_stopped ? 'Resume promotions' : 'Stop promotions'], ['echo', 'The business answers in its app'], ...shared(view),
];

/** Name and label of each entry. */
export const entries = view => ({ messenger, instagram, whatsapp })[view.channel](view);

/** What each entry does. */
export function does({ view, page, customer, call, act, ask }) {
  const settings = change => call('POST', `/control/customers/${encodeURIComponent(customer)}`, change);
  const send = body => act('messages', body);
  const start = view.page.profile.get_started?.payload || 'GET_STARTED';
  const ices = Object.fromEntries((view.page.profile.ice_breakers?.[0]?.call_to_actions || []).map((it, n) => [`ice-${n}`, () => act('postback', { title: it.question, payload: it.payload })]));
  const menus = Object.fromEntries((view.page.profile.persistent_menu?.[0]?.call_to_actions || []).filter(it => it.type === 'postback').map((it, n) => [`menu-${n}`, () => act('postback', { title: it.title, payload: it.payload })]));
  return {
    ...ices, ...menus,
    start: () => act('postback', { title: 'Get started', payload: start }),
    referral: () => act('referral', { ref: 'sandbox-link', ...(view.channel === 'instagram' && { source: 'IGME-SOURCE-LINK' }) }),
    location: () => send({ attachment: { type: 'location', title: 'Pinned location', lat: 50.45, long: 30.52 } }),
    audio: () => send({ attachment: { type: 'audio' } }),
    block: () => act('block', { blocked: !view.blocked }),
    day: () => call('POST', '/control/clock', { page_id: page, customer_id: customer, shift_hours: 25 }),
    mention: () => send({ story: { kind: 'mention' } }),
    story: () => { const text = ask('Reply to the story', 'How lovely'); return text && send({ text, story: { kind: 'reply' } }) },
    over: () => act('story/expire'),
    once: () => send({ attachment: { type: 'ephemeral' } }),
    post: () => send({ attachment: { type: 'ig_post', title: 'Fresh bread', url: view.page.picture_url } }),
    unsupported: () => send({ unsupported: true }),
    access: () => settings({ instagram: { allows_access: !view.customer.instagram.allows_access } }),
    sticker: () => send({ attachment: { type: 'sticker' } }),
    card: () => send({ whatsapp: { type: 'contacts', contacts: [{ name: { formatted_name: 'Ann Example', first_name: 'Ann' }, phones: [{ phone: '+49 151 00000001', type: 'CELL' }] }] } }),
    order: () => send({ whatsapp: { type: 'order', order: { catalog_id: '1', text: 'Sliced, please', product_items: [{ product_retailer_id: 'bread-1', quantity: 2, item_price: 2.4, currency: 'EUR' }] } } }),
    ad: () => send({ text: 'Is it still there?', referral: { source_type: 'ad', source_id: '6000000000009', source_url: 'https://fb.me/abc', headline: 'Fresh bread', body: 'Every morning', media_type: 'image', ctwa_clid: 'clid-1' } }),
    group: () => send({ whatsapp: { type: 'text', text: { body: 'Hello all' }, group_id: '120363000000000000@g.us' } }),
    move: () => { const phone = ask('New phone number', '+4915100000042'); return phone && act('number', { phone }) },
    hide: () => settings({ whatsapp: { hides_phone: view.customer.whatsapp.shows_phone } }),
    marketing: () => act('marketing', { wanted: view.marketing_stopped }),
    echo: () => { const text = ask('The business writes', 'We will call you'); return text && act('page-inbox', { text }) },
  };
}
