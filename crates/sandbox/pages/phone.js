// The customer's phone: reads the thread, plays the customer over the control API, listens to changes.
const $ = id => document.getElementById(id);
const query = new URLSearchParams(location.search);
let page = query.get('page'), customer = query.get('customer'), view = null, replyTo = null, stream = null;
const base = () => `/control/pages/${encodeURIComponent(page)}/customers/${encodeURIComponent(customer)}`;

async function call(method, path, body) {
  const form = body instanceof FormData;
  const answer = await fetch(path, { method, body: form ? body : body && JSON.stringify(body), headers: body && !form ? { 'content-type': 'application/json' } : {} });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.error || `The sandbox answered ${answer.status}.`);
  return json;
}
const act = (path, body = {}) => call('POST', `${base()}/${path}`, body).catch(problem);
function problem(error) {
  $('problem').textContent = error.message; $('problem').hidden = false;
  clearTimeout(problem.timer); problem.timer = setTimeout(() => { $('problem').hidden = true }, 6000);
}
function el(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter(child => child != null)); return node;
}

async function choose() {
  const state = await call('GET', '/control/state');
  if (!state.pages.some(p => p.id === page)) page = (state.pages.find(p => Object.keys(p.subscribed_apps).length) || state.pages[0])?.id;
  if (!state.customers.some(c => c.id === customer) && !customer) customer = (state.customers.find(c => c.id === 'olena') || state.customers[0])?.id;
  $('page').replaceChildren(...state.pages.map(p => el('option', { value: p.id, textContent: p.name, selected: p.id === page })));
  $('customer').replaceChildren(...state.customers.map(c => el('option', { value: c.id, textContent: c.name, selected: c.id === customer })));
  if (!page || !customer) return problem(new Error('The seed holds no Pages or no customers.'));
  history.replaceState(null, '', `/phone?page=${encodeURIComponent(page)}&customer=${encodeURIComponent(customer)}`);
  replyTo = null; showReply(); listen(); await load();
}
function listen() {
  stream?.close();
  stream = new EventSource(`${base()}/events`);
  stream.addEventListener('thread', load); stream.addEventListener('open', load);
}
let loading = false, again = false;
async function load() {
  if (loading) { again = true; return }
  loading = true;
  try { do { again = false; view = await call('GET', `${base()}/messages`); draw(); seen() } while (again) }
  catch (error) { problem(error) } finally { loading = false }
}
function seen() {
  const unread = view.messages.some(m => m.direction === 'out' && !m.seen && m.delivered);
  if (unread && document.visibilityState === 'visible') act('read');
}
document.addEventListener('visibilitychange', () => { if (view) seen() });

const dayOf = ms => new Date(ms).toLocaleDateString(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const timeOf = ms => new Date(ms).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });

function draw() {
  const log = $('log'), atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80 || !log.childElementCount;
  document.title = `${view.page.name} · Phone`;
  $('page-name').textContent = view.page.name; $('page-picture').src = view.page.picture_url;
  $('page-line').textContent = view.blocked ? 'You blocked this Page' : view.page.subscribed_by.length ? 'Typically replies instantly' : 'No app is subscribed to this Page yet';
  $('menu').querySelector('[data-do=block]').textContent = view.blocked ? 'Unblock the Page' : 'Block the Page';
  const nodes = [];
  if (!view.messages.length) nodes.push(el('div', { className: 'empty' }, el('img', { src: view.page.picture_url, alt: '' }), el('b', { textContent: view.page.name, dir: 'auto' }), el('div', { textContent: view.page.category })));
  let before = null;
  const lastMine = view.messages.findLast(m => m.direction === 'in');
  for (const message of view.messages.slice(-300)) {
    if (!before || new Date(before.timestamp).toDateString() !== new Date(message.timestamp).toDateString() || message.timestamp - before.timestamp > 36e5)
      nodes.push(el('div', { className: 'day', textContent: `${dayOf(message.timestamp)}, ${timeOf(message.timestamp)}` }));
    nodes.push(bubble(message, !before || before.direction !== message.direction));
    if (message === lastMine) nodes.push(mark(message));
    before = message;
  }
  if (view.typing) nodes.push(el('div', { className: 'typing', role: 'status', ariaLabel: `${view.page.name} is typing` }, el('i'), el('i'), el('i')));
  log.replaceChildren(...nodes);
  clearTimeout(draw.timer);
  if (view.typing) draw.timer = setTimeout(load, Math.max(200, view.typing_until - Date.now()));
  const last = view.messages.at(-1);
  $('replies').replaceChildren(...(last?.direction === 'out' ? last.quick_replies : []).map(chip));
  if (atEnd) log.scrollTop = log.scrollHeight;
}
function mark(message) {
  const word = message.seen ? 'Seen' : message.delivered ? 'Delivered' : 'Sent';
  return el('div', { className: 'mark msg in' }, el('span', {}, ...(message.seen ? [el('img', { src: view.page.picture_url, alt: '' }), ' '] : []), word));
}
function chip(reply) {
  const special = { user_phone_number: '+380501234567', user_email: 'customer@example.com' }[reply.content_type];
  const title = special || reply.title;
  return el('button', { type: 'button', onclick: () => act('messages', { text: title, quick_reply_payload: special || reply.payload }) }, reply.image_url ? el('img', { src: reply.image_url, alt: '' }) : null, el('span', { textContent: title, dir: 'auto' }));
}
function bubble(message, first) {
  const parts = [], mine = message.direction === 'in';
  if (message.reply_to) {
    const old = view.messages.find(m => m.mid === message.reply_to);
    parts.push(el('div', { className: 'quote', dir: 'auto', textContent: old?.text || 'Attachment' }));
  }
  if (message.persona && first) parts.push(el('div', { className: 'persona', dir: 'auto' }, el('img', { src: message.persona.profile_picture_url, alt: '' }), message.persona.name));
  if (message.text) parts.push(el('div', { className: 'bubble', dir: 'auto' }, ...linked(message.text)));
  if (message.unsent) parts.push(el('div', { className: 'bubble' }, el('i', { textContent: 'Message unsent' })));
  for (const file of message.attachments) parts.push(attachment(file));
  if (message.template) parts.push(template(message.template));
  const reactions = Object.values(message.reactions);
  if (reactions.length) parts.push(el('span', { className: 'react', textContent: reactions.join(' ') }));
  const acts = el('div', { className: 'acts' });
  acts.append(el('button', { type: 'button', textContent: '↩', ariaLabel: 'Reply', onclick: () => { replyTo = message; showReply() } }));
  if (!mine) acts.append(el('button', { type: 'button', textContent: '❤', ariaLabel: 'React with a heart', onclick: () => act('reaction', { mid: message.mid, emoji: message.reactions.customer ? null : '❤' }) }));
  const node = el('div', { className: `msg ${mine ? 'in' : 'out'}${first ? ' first' : ''}`, title: timeOf(message.timestamp) }, ...parts, acts);
  node.dataset.mid = message.mid;
  return node;
}
function linked(text) {
  return text.split(/(https?:\/\/[^\s]+)/).map(part => /^https?:/.test(part) ? el('a', { href: part, textContent: part, target: '_blank', rel: 'noreferrer' }) : part);
}
function attachment(file) {
  if (file.type === 'sticker') return file.url?.includes('369239263222822') ? el('div', { className: 'like', textContent: '👍', ariaLabel: 'Like' }) : el('img', { className: 'pic sticker', src: file.url, alt: 'Sticker' });
  if (file.type === 'image') return el('img', { className: 'pic', src: file.url, alt: file.name || 'Picture', loading: 'lazy', onclick: () => { $('viewer').hidden = false; $('viewer').firstElementChild.src = file.url }, onload: () => { const log = $('log'); if (log.scrollHeight - log.scrollTop - log.clientHeight < 360) log.scrollTop = log.scrollHeight } });
  if (file.type === 'audio') return el('audio', { controls: true, src: file.url });
  if (file.type === 'video') return el('video', { controls: true, src: file.url });
  if (file.type === 'location') return el('div', { className: 'bubble', textContent: '📍 Location' });
  return el('a', { className: 'file', href: file.url || '#', target: '_blank', rel: 'noreferrer', textContent: file.name || 'File' });
}
function button(it) {
  if (it.type === 'postback') return el('button', { type: 'button', textContent: it.title, onclick: () => act('postback', { title: it.title, payload: it.payload }) });
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

const text = $('text');
function compose() {
  const empty = !text.value.trim();
  $('send').hidden = empty; $('like').hidden = !empty;
  text.style.height = 'auto'; text.style.height = `${Math.min(text.scrollHeight, 120)}px`;
}
function showReply() { $('reply').hidden = !replyTo; if (replyTo) { $('reply').firstElementChild.textContent = `Reply to: ${replyTo.text || 'attachment'}`; text.focus() } }
text.addEventListener('input', compose);
text.addEventListener('keydown', event => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); $('composer').requestSubmit() } });
$('composer').addEventListener('submit', event => {
  event.preventDefault();
  const words = text.value.trim(); if (!words) return;
  text.value = ''; compose();
  act('messages', { text: words, ...(replyTo && { reply_to: replyTo.mid }) });
  replyTo = null; showReply(); $('log').scrollTop = $('log').scrollHeight;
});
$('reply').querySelector('button').onclick = () => { replyTo = null; showReply() };
$('like').onclick = () => act('messages', { like: true });
$('file').onchange = async () => {
  const form = new FormData(); for (const file of $('file').files) form.append('file', file, file.name);
  $('file').value = ''; await act('messages', form);
};
$('viewer').onclick = () => { $('viewer').hidden = true };
document.addEventListener('keydown', event => { if (event.key === 'Escape') { $('viewer').hidden = true; menu(false) } });
function menu(open) { $('menu').hidden = !open; $('more').setAttribute('aria-expanded', open) }
$('more').onclick = () => menu($('menu').hidden);
$('menu').onclick = event => {
  menu(false);
  const does = {
    start: () => act('postback', { title: 'Get started', payload: view.page.profile.get_started?.payload || 'GET_STARTED' }),
    referral: () => act('referral', { ref: 'sandbox-link' }),
    location: () => act('messages', { attachment: { type: 'location', title: 'Pinned location', lat: 50.45, long: 30.52 } }),
    audio: () => act('messages', { attachment: { type: 'audio' } }),
    block: () => act('block', { blocked: !view.blocked }),
    day: () => call('POST', '/control/clock', { page_id: page, customer_id: customer, shift_hours: 25 }).catch(problem),
  }[event.target.dataset.do];
  does?.();
};
$('page').onchange = () => { page = $('page').value; choose().catch(problem) };
$('customer').onchange = () => { customer = $('customer').value; choose().catch(problem) };
$('new-customer').onclick = async () => {
  const name = prompt('Name of the new customer', 'Taras Melnyk'); if (!name?.trim()) return;
  try { customer = (await call('POST', '/control/customers', { name })).id; await choose() } catch (error) { problem(error) }
};
// Someone films: the customer isn't logged in yet, and no one else can be chosen later.
async function logIn() {
  document.body.classList.add('signed-out'); $('who').hidden = false;
  const state = await call('GET', '/control/state');
  $('people').replaceChildren(...state.customers.map(person => el('button', { type: 'button', ariaLabel: person.name, onclick: () => { customer = person.id; $('who').hidden = true; choose().catch(problem) } },
    el('img', { src: `/cdn/avatar/customer-${encodeURIComponent(person.id)}.png`, alt: '' }), el('span', { textContent: person.name, dir: 'auto' }))));
}
(query.has('signed_out') ? logIn() : choose()).catch(problem); compose();
