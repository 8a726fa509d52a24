// Instagram accounts, WhatsApp numbers and templates: what Meta's own tools and reviewers do with them.
import { call, cell, el, pill, table, toggle } from '/static/kit.js';

const mood = { GREEN: '', YELLOW: 'warn', RED: 'bad', APPROVED: '', PENDING: 'warn', REJECTED: 'bad', PAUSED: 'bad', DISABLED: 'bad' };
const TIERS = ['TIER_250', 'TIER_2K', 'TIER_10K', 'TIER_100K', 'TIER_UNLIMITED'];
const QUALITIES = ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'];

function select(label, values, value, change) {
  return el('select', { ariaLabel: label, onchange: event => change(event.target.value) }, values.map(v => el('option', { value: v, textContent: v.toLowerCase().replaceAll('_', ' '), selected: v === value })));
}
const apps = ids => ids.length ? ids.map(id => pill(id)) : ['—'];

export const accounts = ({ doing }) => ({
  async accounts() {
    const state = await call('GET', '/control/state');
    const pages = Object.fromEntries(state.pages.map(p => [p.id, p.name]));
    const instagram = el('section', { className: 'card' }, el('h2', { textContent: 'Instagram accounts' }),
      table(['Account', 'Page', 'Subscribed apps', 'Message controls', ''], state.instagram.map(a => el('tr', {},
        cell(el('div', { className: 'who' }, el('img', { src: a.picture_url, alt: '' }), el('div', {}, el('b', { textContent: `@${a.username}` }), el('div', { className: 'dim' }, el('code', { textContent: a.id }))))),
        cell(a.page_id ? pages[a.page_id] || a.page_id : 'none: Instagram Login only'), cell(...apps(a.subscribed_apps)),
        cell(toggle('Allow access to messages', 'else 200/2534041, and silence', a.allows_access, allows_access => doing(call('POST', '/control/instagram', { id: a.id, allows_access }), 'Saved.'))),
        cell(el('a', { href: `/phone?page=${a.id}`, textContent: 'Phone' })))), 'There are no Instagram accounts.'));
    return [instagram, ...state.whatsapp.map(w => waba(w, doing))];
  },
});

function waba(w, doing) {
  const account = change => doing(call('POST', '/control/whatsapp', { id: w.id, ...change }), 'Saved.');
  const number = (n, change) => doing(call('POST', `/control/numbers/${n.id}`, change), 'Saved; the apps are notified.');
  const template = (t, change) => doing(call('POST', `/control/templates/${t.id}`, change), 'Saved; the apps are notified.');
  const review = t => t.status === 'PENDING'
    ? [el('button', { className: 'btn small', textContent: 'Approve', onclick: () => template(t, { status: 'APPROVED' }) }), ' ', el('button', { className: 'btn small', textContent: 'Reject', onclick: () => template(t, { status: 'REJECTED', rejected_reason: 'INVALID_FORMAT' }) })]
    : [select(`Status of ${t.name}`, ['APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED'], t.status, status => template(t, { status }))];
  const body = t => t.components.find(c => c.type === 'BODY')?.text || '';
  return el('section', { className: 'card' },
    el('div', { className: 'head' }, el('h2', { textContent: `WhatsApp: ${w.name}`, style: 'margin:0' }), el('code', { textContent: w.id }), ...apps(Object.keys(w.subscribed_apps))),
    el('div', { className: 'grid' },
      toggle('Locked', 'nothing can be sent: 131031', w.locked, locked => account({ locked })),
      toggle('Payment works', 'else templates fail: 131042', w.payment_ok, payment_ok => account({ payment_ok }))),
    el('h3', { textContent: 'Numbers', style: 'margin:22px 0 8px' }),
    table(['Number', 'Quality', 'Limit', 'Name', 'Registered', ''], w.numbers.map(n => el('tr', {},
      cell(el('b', { textContent: n.display_phone }), el('div', { className: 'dim' }, n.verified_name, ' ', el('code', { textContent: n.id })), n.code ? el('div', {}, 'Code by SMS: ', el('code', { textContent: n.code })) : ''),
      cell(pill(n.quality, mood[n.quality]), ' ', select('Quality', QUALITIES, n.quality, quality => number(n, { quality }))),
      cell(select('Limit', TIERS, n.limit, limit => number(n, { limit }))),
      cell(select('Name', ['APPROVED', 'PENDING_REVIEW', 'DECLINED', 'NONE'], n.name_status, name_status => number(n, { name_status }))),
      cell(toggle('Registered', n.verified ? 'it is verified' : 'it is not verified', n.registered, registered => number(n, { registered }))),
      cell(el('a', { href: `/phone?page=${n.id}`, textContent: 'Phone' })))), 'There are no numbers.'),
    el('h3', { textContent: 'Templates', style: 'margin:22px 0 8px' }),
    table(['Template', 'Category', 'Review', 'Quality'], w.templates.map(t => el('tr', {},
      cell(el('b', { textContent: `${t.name} (${t.language})` }), el('div', { className: 'dim', textContent: body(t), dir: 'auto' })),
      cell(select(`Category of ${t.name}`, ['MARKETING', 'UTILITY', 'AUTHENTICATION'], t.category, category => template(t, { category }))),
      cell(pill(t.status, mood[t.status]), ' ', ...review(t)),
      cell(pill(t.quality, mood[t.quality]), ' ', select(`Quality of ${t.name}`, QUALITIES, t.quality, quality => template(t, { quality }))))), 'There are no templates.'));
}
