// The customer's phone: reads the thread, plays the customer over the control API, listens to changes.
import { bubble, chip, el, phone, timeOf } from '/static/bubbles.js';
import { does, entries } from '/static/menu.js';

const $ = id => document.getElementById(id);
const query = new URLSearchParams(location.search);
let page = query.get('page'), customer = query.get('customer'), view = null, replyTo = null, stream = null;
const base = () => `/control/accounts/${encodeURIComponent(page)}/customers/${encodeURIComponent(customer)}`;

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
async function choose() {
  const state = await call('GET', '/control/state');
  const accounts = [
    ['Messenger', 'messenger', state.pages.map(p => ({ id: p.id, name: p.name, heard: Object.keys(p.subscribed_apps).length }))],
    ['Instagram', 'instagram', state.instagram.map(a => ({ id: a.id, name: `@${a.username}`, heard: a.subscribed_apps.length }))],
    ['WhatsApp', 'whatsapp', state.whatsapp.flatMap(w => w.numbers.map(n => ({ id: n.id, name: `${n.verified_name} ${n.display_phone}`, heard: Object.keys(w.subscribed_apps).length })))],
  ];
  if (!accounts.some(([, , list]) => list.some(a => a.id === page))) {
    const [, , list] = accounts.find(([, channel]) => channel === query.get('channel')) || accounts[0];
    page = (list.find(a => a.heard) || list[0])?.id;
  }
  if (!state.customers.some(c => c.id === customer) && !customer) customer = (state.customers.find(c => c.id === 'olena') || state.customers[0])?.id;
  $('page').replaceChildren(...accounts.filter(([, , list]) => list.length).map(([label, , list]) => el('optgroup', { label }, ...list.map(a => el('option', { value: a.id, textContent: a.name, selected: a.id === page })))));
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

function draw() {
  phone.view = view; document.body.dataset.channel = view.channel;
  const log = $('log'), atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80 || !log.childElementCount;
  document.title = `${view.page.name} · Phone`;
  $('page-name').textContent = view.page.name; $('page-picture').src = view.page.picture_url;
  const line = { messenger: 'Typically replies instantly', instagram: 'Business chat', whatsapp: 'Business account' }[view.channel];
  $('page-line').textContent = view.blocked ? 'You blocked this account' : view.page.registered === false ? 'The number is not registered' : view.page.subscribed_by.length ? line : 'No app is subscribed to it yet';
  $('menu').replaceChildren(...entries(view).map(([name, label]) => { const button = el('button', { type: 'button', textContent: label }); button.dataset.do = name; return button }));
  $('like').textContent = view.channel === 'instagram' ? '❤️' : '👍';
  const nodes = [];
  if (!view.messages.length) nodes.push(el('div', { className: 'empty' }, el('img', { src: view.page.picture_url, alt: '' }), el('b', { textContent: view.page.name, dir: 'auto' }), el('div', { textContent: view.page.category })));
  let before = null;
  const lastMine = view.messages.findLast(m => m.direction === 'in');
  for (const message of view.messages.filter(m => m.status !== 'accepted' && m.status !== 'sent').slice(-300)) {
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
Object.assign(phone, {
  act,
  reply: message => { replyTo = message; showReply() },
  enlarge: url => { $('viewer').hidden = false; $('viewer').firstElementChild.src = url },
  rewrite: message => { const words = prompt('Edit the message', message.text); if (words?.trim() && words !== message.text) act('edit', { mid: message.mid, text: words.trim() }) },
});
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
  const order = does({ view, page, customer, call, act, ask: (words, start) => prompt(words, start) })[event.target.dataset.do];
  Promise.resolve(order?.()).then(load).catch(problem);
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
