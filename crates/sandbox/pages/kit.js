// What the sections of the dashboard are made of: calls of the control API, elements, tables, fields.
const $ = id => document.getElementById(id);

export async function call(method, path, body) {
  const answer = await fetch(path, { method, body: body && JSON.stringify(body), headers: body ? { 'content-type': 'application/json' } : {} });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.error || `The sandbox answered ${answer.status}.`);
  return json;
}
export function toast(text) { $('toast').textContent = text; $('toast').hidden = false; clearTimeout(toast.timer); toast.timer = setTimeout(() => { $('toast').hidden = true }, 4000) }
export function el(tag, props = {}, ...children) { const node = Object.assign(document.createElement(tag), props); node.append(...children.flat().filter(child => child != null && child !== false)); return node }
export const time = ms => new Date(ms).toLocaleTimeString(undefined, { hour12: false }) + '.' + String(ms % 1000).padStart(3, '0');
export const pill = (text, kind = '') => el('span', { className: `pill ${kind}`, textContent: text });
export const table = (heads, rows, none) => rows.length ? el('div', { className: 'wrap' }, el('table', {}, el('thead', {}, el('tr', {}, heads.map(h => el('th', { textContent: h })))), el('tbody', {}, rows))) : el('p', { className: 'empty', textContent: none });
export const cell = (...content) => el('td', {}, ...content);
export const field = (label, input) => el('label', { className: 'field' }, label, input);
export function toggle(label, hint, checked, change) { return el('label', { className: 'switch' }, el('input', { type: 'checkbox', role: 'switch', checked, ariaLabel: label, onchange: event => change(event.target.checked) }), el('span', {}, label, hint && el('small', { className: 'dim', textContent: hint }))) }
export const pretty = value => JSON.stringify(value, null, 2);
