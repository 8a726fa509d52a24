// What WhatsApp's own kinds of messages look like: lists, buttons, templates, places, cards, orders.
import { el, linked, phone } from '/static/bubbles.js';

// Lists that are open stay open when the thread is drawn again.
const opened = new Set();
const words = (text, name = 'bubble') => el('div', { className: name, dir: 'auto' }, ...linked(text));
const tap = (message, choice) => phone.act('tap', { mid: message.mid, choice });
const button = (label, onclick) => el('button', { type: 'button', textContent: label, dir: 'auto', onclick });
const link = (label, href) => el('a', { className: 'btn', textContent: label, href, target: '_blank', rel: 'noreferrer' });

/** The parts of a message, or null if its text and files say it all. */
export function whatsapp(message) {
  const { type } = message.content, it = message.content[type];
  if (type === 'location') return [words(`📍 ${it.name || `${it.latitude}, ${it.longitude}`}${it.address ? `\n${it.address}` : ''}`)];
  if (type === 'contacts') return it.map(card => words(`👤 ${card.name?.formatted_name}\n${(card.phones || []).map(p => p.phone).join(', ')}`));
  if (type === 'order') return [words(`🛒 ${(it.product_items || []).map(p => `${p.quantity} × ${p.product_retailer_id}`).join(', ')}${it.text ? `\n${it.text}` : ''}`)];
  if (type === 'interactive' && message.direction === 'out') return [interactive(message, it)];
  if (message.template) return [template(message, message.template)];
  if (type === 'interactive') return [words(message.text || '…')];
  return null;
}

function card(header, body, footer, ...rest) {
  const line = header && typeof header === 'string' ? el('b', { textContent: header, dir: 'auto' }) : null;
  return el('div', { className: 'card one' }, el('p', { dir: 'auto' }, line, line ? el('br') : '', ...linked(body || ''), footer ? el('small', { textContent: footer }) : null), ...rest);
}

function interactive(message, it) {
  const action = it.action || {}, header = it.header?.text;
  const rest = {
    button: () => (action.buttons || []).map(b => button(b.reply.title, () => tap(message, b.reply.id))),
    list: () => [el('details', { open: opened.has(message.mid), ontoggle: event => event.target.open ? opened.add(message.mid) : opened.delete(message.mid) }, el('summary', { textContent: action.button }), ...(action.sections || []).flatMap(s => [
      s.title ? el('small', { textContent: s.title }) : '',
      ...(s.rows || []).map(row => { const node = button(row.title, () => tap(message, row.id)); if (row.description) node.append(el('small', { textContent: row.description })); return node }),
    ]))],
    cta_url: () => [link(action.parameters?.display_text, action.parameters?.url)],
    location_request_message: () => [button('Send location', () => phone.act('messages', { reply_to: message.mid, attachment: { type: 'location' } }))],
    contact_request: () => [button('Share my phone number', () => tap(message, 'share'))],
    flow: () => [button(action.parameters?.flow_cta || 'Open', () => { const answer = prompt('Your answer', ''); if (answer) tap(message, answer) })],
  }[it.type]?.() || [el('small', { textContent: `[${it.type}]` })];
  return card(header, it.body?.text, it.footer?.text, ...rest);
}

function template(message, it) {
  const rest = (it.buttons || []).map(b => {
    if (b.type === 'URL') return link(b.text, b.url);
    if (b.type === 'PHONE_NUMBER') return link(b.text, `tel:${b.phone_number}`);
    if (b.type === 'QUICK_REPLY') return button(b.text, () => tap(message, b.text));
    return button(b.code ? `Copy ${b.code}` : b.text, () => navigator.clipboard?.writeText(b.code || b.text));
  });
  return card(it.header, it.body, it.footer, ...rest);
}
