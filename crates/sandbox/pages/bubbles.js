// What a message looks like on the phone, on every channel; what can be tapped in it.
import { whatsapp } from '/static/whatsapp.js';

/** What bubbles need of the phone: the thread, and what to do. */
export const phone = { view: null, act: () => {}, reply: () => {}, enlarge: () => {}, rewrite: () => {} };

export function el(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter(child => child != null)); return node;
}

export const timeOf = ms => new Date(ms).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });

export function chip(reply) {
  const special = { user_phone_number: '+380501234567', user_email: 'customer@example.com' }[reply.content_type];
  const title = special || reply.title;
  return el('button', { type: 'button', onclick: () => phone.act('messages', { text: title, quick_reply_payload: special || reply.payload }) }, reply.image_url ? el('img', { src: reply.image_url, alt: '' }) : null, el('span', { textContent: title, dir: 'auto' }));
}
export function bubble(message, first) {
  const parts = [], mine = message.direction === 'in';
  if (message.reply_to) {
    const old = phone.view.messages.find(m => m.mid === message.reply_to);
    parts.push(el('div', { className: 'quote', dir: 'auto', textContent: old?.text || 'Attachment' }));
  }
  if (message.persona && first) parts.push(el('div', { className: 'persona', dir: 'auto' }, el('img', { src: message.persona.profile_picture_url, alt: '' }), message.persona.name));
  if (message.story) parts.push(story(message.story));
  const whole = message.content ? whatsapp(message) : null;
  if (whole) parts.push(...whole);
  else if (message.text) parts.push(el('div', { className: 'bubble', dir: 'auto' }, ...linked(message.text), message.edits ? el('small', { textContent: ' edited' }) : null));
  if (message.unsent) parts.push(el('div', { className: 'bubble' }, el('i', { textContent: 'Message unsent' })));
  for (const file of message.attachments) parts.push(attachment(file));
  if (message.template && !whole) parts.push(template(message.template));
  if (message.status === 'failed') parts.push(el('div', { className: 'lost', textContent: `Not delivered: ${message.error?.code ?? ''} ${message.error?.title ?? ''}` }));
  const reactions = Object.values(message.reactions);
  if (reactions.length) parts.push(el('span', { className: 'react', textContent: reactions.join(' ') }));
  const acts = el('div', { className: 'acts' });
  acts.append(el('button', { type: 'button', textContent: '↩', ariaLabel: 'Reply', onclick: () => { phone.reply(message) } }));
  if (!mine) acts.append(el('button', { type: 'button', textContent: '❤', ariaLabel: 'React with a heart', onclick: () => phone.act('reaction', { mid: message.mid, emoji: message.reactions.customer ? null : '❤' }) }));
  else if (!message.unsent) acts.append(
    message.text && el('button', { type: 'button', textContent: '✎', ariaLabel: 'Edit', onclick: () => phone.rewrite(message) }) || '',
    el('button', { type: 'button', textContent: '🗑', ariaLabel: 'Unsend', onclick: () => phone.act('unsend', { mid: message.mid }) }));
  const node = el('div', { className: `msg ${mine ? 'in' : 'out'}${first ? ' first' : ''}`, title: timeOf(message.timestamp) }, ...parts, acts);
  node.dataset.mid = message.mid;
  return node;
}
function story(it) {
  const words = it.kind === 'mention' ? 'Mentioned the account in a story' : 'Reply to a story';
  return el('div', { className: 'story' }, el('small', { textContent: words }), el('img', { className: 'pic', src: it.url, alt: 'Story', onerror: event => { event.target.replaceWith(el('i', { textContent: 'The story is over' })) } }));
}
export function linked(text) {
  return text.split(/(https?:\/\/[^\s]+)/).map(part => /^https?:/.test(part) ? el('a', { href: part, textContent: part, target: '_blank', rel: 'noreferrer' }) : part);
}
export function attachment(file) {
  if (file.type === 'sticker') return file.url?.includes('369239263222822') ? el('div', { className: 'like', textContent: '👍', ariaLabel: 'Like' }) : el('img', { className: 'pic sticker', src: file.url, alt: 'Sticker' });
  if (file.type === 'image') return el('img', { className: 'pic', src: file.url, alt: file.name || 'Picture', loading: 'lazy', onclick: () => { phone.enlarge(file.url) }, onload: () => { const log = document.getElementById('log'); if (log.scrollHeight - log.scrollTop - log.clientHeight < 360) log.scrollTop = log.scrollHeight } });
  if (['share', 'ig_post', 'ig_reel', 'reel'].includes(file.type)) return el('a', { className: 'file', href: file.url || '#', target: '_blank', rel: 'noreferrer', textContent: file.payload?.title || { ig_reel: 'Reel', reel: 'Reel' }[file.type] || 'Post' });
  if (file.type === 'ephemeral') return el('div', { className: 'bubble', textContent: '① View-once photo' });
  if (file.type === 'like_heart') return el('div', { className: 'like', textContent: '❤️', ariaLabel: 'Heart' });
  if (file.type === 'audio') return el('audio', { controls: true, src: file.url });
  if (file.type === 'video') return el('video', { controls: true, src: file.url });
  if (file.type === 'location') return el('div', { className: 'bubble', textContent: '📍 Location' });
  return el('a', { className: 'file', href: file.url || '#', target: '_blank', rel: 'noreferrer', textContent: file.name || 'File' });
}
function button(it) {
  if (it.type === 'postback') return el('button', { type: 'button', textContent: it.title, onclick: () => phone.act('postback', { title: it.title, payload: it.payload }) });
  return el('a', { className: 'btn', textContent: it.title || it.type, href: it.type === 'phone_number' ? `tel:${it.payload}` : it.url || '#', target: '_blank', rel: 'noreferrer' });
}
function template(it) {
  const card = (image, title, subtitle, buttons, one) => el('div', { className: `card${one ? ' one' : ''}` }, image ? /\/cdn\/file\/.*\.(mp4|mov|webm)$/.test(image) ? el('video', { controls: true, src: image }) : el('img', { src: image, alt: '' }) : null, !title && !subtitle ? null : el('p', { dir: 'auto' }, title, subtitle ? el('small', { textContent: subtitle }) : null), ...(buttons || []).map(button));
  if (it.template_type === 'receipt') return receipt(it);
  if (it.template_type === 'button') return card(null, it.text, null, it.buttons, true);
  if (it.elements) return el('div', { className: 'cards' }, ...it.elements.map(e => card(e.image_url || e.url, e.title || '', e.subtitle, e.buttons, it.elements.length === 1)));
  return el('div', { className: 'bubble', textContent: `[${it.template_type} template]` });
}

function receipt(it) {
  const money = amount => amount.toLocaleString(undefined, { style: 'currency', currency: it.currency });
  const line = (what, amount, strong) => el(strong ? 'b' : 'span', { className: 'sum' }, el('span', { textContent: what, dir: 'auto' }), el('span', { textContent: money(amount) }));
  const lines = [...(it.elements || []).map(e => line(`${e.quantity ? `${e.quantity} × ` : ''}${e.title}`, e.price)), ...(it.adjustments || []).map(a => line(a.name, -a.amount)), line('Total', it.summary.total_cost, true)];
  return el('div', { className: 'card one' }, el('p', {}, el('b', { textContent: `Order ${it.order_number}` }), el('small', { textContent: `${it.recipient_name} · ${it.payment_method}`, dir: 'auto' }), ...lines));
}
