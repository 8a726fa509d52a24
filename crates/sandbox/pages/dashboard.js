// The developer dashboard: reads the control API, changes settings, shows what is called and delivered.
import { call, cell, el, field, pill, pretty, table, time, toast, toggle } from '/static/kit.js';
import { accounts } from '/static/accounts.js';
import { trouble } from '/static/trouble.js';

const main = document.getElementById('main');
const tabs = [...document.querySelectorAll('[role=tab]')];
let tab = location.hash.slice(1) || 'apps', filter = '', open = new Set(), dirty = false;

const doing = (promise, done) => promise.then(result => { if (done) toast(typeof done === 'function' ? done(result) : done); dirty = false; show() }).catch(error => toast(error.message));
const touched = () => { dirty = true };

const views = {
  ...accounts({ doing }),
  ...trouble({ doing, touched }),
  async apps() {
    const state = await call('GET', '/control/state');
    return [...state.apps.map(app => {
      const set = patch => doing(call('POST', `/control/apps/${app.id}`, patch), 'Saved.');
      const uris = el('textarea', { value: app.redirect_uris.join('\n'), spellcheck: false, oninput: () => { dirty = true } });
      const text = (name, label) => { const input = el('input', { value: app[name] || '', spellcheck: false, oninput: () => { dirty = true } }); input.dataset.name = name; return field(label, input) };
      const urls = [text('deauthorize_callback_url', 'Deauthorize callback URL'), text('data_deletion_url', 'Data deletion request URL')];
      const save = el('button', { className: 'btn main', textContent: 'Save', onclick: () => set({ redirect_uris: uris.value.split('\n').map(s => s.trim()).filter(Boolean), ...Object.fromEntries(urls.map(u => { const i = u.querySelector('input'); return [i.dataset.name, i.value.trim() || null] })) }) });
      const person = el('select', { ariaLabel: 'Person' }, state.people.map(p => el('option', { value: p.id, textContent: p.name })));
      const signed = (kind, label) => el('button', { className: 'btn', textContent: label, onclick: () => doing(call('POST', `/control/apps/${app.id}/${kind}`, { person_id: person.value }), r => r.error || `The app answered ${r.status} ${(r.body || '').slice(0, 120)}`) });
      return el('section', { className: 'card' },
        el('div', { className: 'head' }, el('h2', { textContent: app.name, style: 'margin:0' }), pill(app.mode, app.mode === 'live' ? '' : 'warn'), el('code', { textContent: app.id }), el('span', { className: 'dim', textContent: `${app.calls} calls` })),
        el('div', { className: 'grid' },
          el('div', {}, field('App Secret', el('input', { value: app.secret, readOnly: true })), el('div', { style: 'height:14px' }), field('Valid OAuth redirect URIs, one per line', uris), el('div', { style: 'height:14px' }), urls[0], el('div', { style: 'height:14px' }), urls[1]),
          el('div', {},
            toggle('Require App Secret', 'calls need appsecret_proof', app.require_app_secret, v => set({ require_app_secret: v })),
            toggle('Allow API access to app settings', 'subscriptions by app token', app.allow_api_settings, v => set({ allow_api_settings: v })),
            toggle('Accept any redirect URI', 'Meta has no such switch', app.accept_any_redirect_uri, v => set({ accept_any_redirect_uri: v })),
            toggle('Business Asset User Profile Access', 'names and pictures of customers', app.profile_access, v => set({ profile_access: v })),
            toggle('Human Agent', 'answers up to seven days', app.human_agent, v => set({ human_agent: v })),
            toggle('Published', 'else only people with a role, and no webhooks', app.mode === 'live', v => set({ mode: v ? 'live' : 'development' })))),
        el('div', { className: 'row' }, save, el('span', { style: 'flex:1' }), person, signed('deauthorize', 'Remove app'), signed('data-deletion', 'Request data deletion')),
        el('h3', { textContent: 'Webhook subscriptions', style: 'margin:22px 0 8px' }),
        table(['Object', 'Callback URL', 'Fields'], Object.entries(app.subscriptions).map(([object, s]) => el('tr', {}, cell(object), cell(el('code', { textContent: s.callback_url })), el('td', { className: 'fields', textContent: s.fields.join(', ') }))), 'No object is subscribed.'));
    }), el('section', { className: 'card' }, el('h2', { textContent: 'Sandbox' }), el('div', { className: 'grid' },
      toggle('Dialog cuts window.opener', 'Cross-Origin-Opener-Policy: same-origin', state.settings.dialog_coop, v => doing(call('POST', '/control/settings', { dialog_coop: v }), 'Saved.')),
      toggle('Call addresses outside this machine', 'webhooks and callbacks', state.settings.allow_external, v => doing(call('POST', '/control/settings', { allow_external: v }), 'Saved.'))))];
  },
  async pages() {
    const state = await call('GET', '/control/state'), words = filter.toLowerCase();
    const pages = state.pages.filter(p => `${p.name} ${p.id}`.toLowerCase().includes(words));
    const names = Object.fromEntries(state.people.map(p => [p.id, p.name]));
    const search = el('input', { type: 'search', placeholder: 'Search', ariaLabel: 'Search Pages', value: filter, oninput: event => { filter = event.target.value; show(true) } });
    return [el('section', { className: 'card' }, el('div', { className: 'head' }, el('h2', { textContent: `${state.pages.length} Pages`, style: 'margin:0' }), el('div', { className: 'field dim' }, search)),
      table(['Page', 'People', 'Subscribed apps', ''], pages.slice(0, 200).map(p => el('tr', {}, cell(el('div', { className: 'who' }, el('img', { src: p.picture_url, alt: '', loading: 'lazy' }), el('div', {}, el('b', { textContent: p.name, dir: 'auto' }), el('div', { className: 'dim' }, el('code', { textContent: p.id }))))),
        cell(...Object.entries(p.roles).map(([id, tasks]) => el('div', {}, names[id] || id, el('div', { className: 'fields', textContent: tasks.join(', ') })))),
        cell(...Object.entries(p.subscribed_apps).map(([id, fields]) => el('div', {}, pill(state.apps.find(a => a.id === id)?.name || id), el('div', { className: 'fields', textContent: fields.join(', ') }), el('button', { className: 'btn small', textContent: 'Detach', title: 'The Page is detached from the app, and the app is told', onclick: () => doing(call('POST', `/control/apps/${id}/deauthorize`, { page_id: p.id }), 'Detached.') })))),
        cell(el('a', { href: `/phone?page=${p.id}`, textContent: 'Phone' })))), 'No Page matches.'))];
  },
  async people() {
    const state = await call('GET', '/control/state');
    const expire = id => el('button', { className: 'btn', textContent: 'Expire tokens', onclick: () => doing(call('POST', '/control/tokens/expire', { person_id: id }), r => `${r.killed} tokens are dead now.`) });
    const name = el('input', { placeholder: 'Name', ariaLabel: 'Name of the new customer' });
    const add = event => { event.preventDefault(); if (name.value.trim()) doing(call('POST', '/control/customers', { name: name.value }), 'Added.') };
    return [el('section', { className: 'card' }, el('h2', { textContent: 'People' }), table(['Person', 'Pages', 'Grants', ''], state.people.map(p => el('tr', {},
      cell(el('div', { className: 'who round' }, el('img', { src: `/cdn/avatar/person-${p.id}.png`, alt: '' }), el('div', {}, el('b', { textContent: p.name }), el('div', { className: 'dim' }, el('code', { textContent: p.id }))))), cell(p.pages),
      cell(...Object.entries(p.grants).map(([app, grant]) => el('div', {}, pill(state.apps.find(a => a.id === app)?.name || app), el('div', { className: 'fields' }, Object.entries(grant.permissions).map(([k, v]) => el('button', { className: 'btn small', ariaPressed: v, textContent: v ? k : `${k} (declined)`, title: v ? 'Take this permission back' : 'Grant this permission', onclick: () => doing(call('POST', `/control/people/${p.id}/permissions`, { app_id: app, permission: k, granted: !v }), v ? 'Taken back.' : 'Granted.') }))), el('div', { className: 'dim', textContent: grant.pages ? `${grant.pages.length} Page${grant.pages.length === 1 ? "" : "s"}` : 'all Pages' })))), cell(expire(p.id)))), 'Nobody.')),
    el('section', { className: 'card' }, el('div', { className: 'head' }, el('h2', { textContent: `${state.customer_count} customers`, style: 'margin:0' }), el('form', { className: 'dim', style: 'display:flex;gap:8px', onsubmit: add }, el('span', { className: 'field' }, name), el('button', { className: 'btn', textContent: 'Add' }))),
      table(['Customer', 'Threads'], state.customers.slice(0, 100).map(c => el('tr', {}, cell(el('div', { className: 'who round' }, el('img', { src: c.picture_url || 'data:,', alt: '', hidden: !c.picture_url }), el('b', { textContent: c.name, dir: 'auto' }), el('code', { className: 'dim', textContent: c.id }))),
        cell(...state.threads.filter(t => t.customer_id === c.id).slice(0, 5).map(t => el('div', {}, el('a', { href: `/phone?page=${t.page_id}&customer=${c.id}`, textContent: `${state.pages.find(p => p.id === t.page_id)?.name} · ${t.messages} messages` })))))), 'Nobody.'))];
  },
  async calls() {
    const { items } = await call('GET', '/control/calls?limit=150');
    return [log('Graph calls', 'calls', items, c => [el('td', { className: 'num', textContent: time(c.at_ms) }), cell(el('b', { textContent: c.method }), ' ', el('code', { textContent: c.path })), cell(pill(c.status, c.status < 300 ? '' : 'bad')), cell(c.error ? el('span', { textContent: `${c.error.code}${c.error.subcode ? '/' + c.error.subcode : ''} ${c.error.message}` }) : el('span', { className: 'dim', textContent: [c.token && `${c.token} token`, c.proof && 'proof', c.fault && `fault ${c.fault}`].filter(Boolean).join(' · ') })), el('td', { className: 'num', textContent: `${c.ms} ms` })], c => c.params, ['Time', 'Call', 'Status', '', ''], 'No calls yet.')];
  },
  async deliveries() {
    const { items } = await call('GET', '/control/deliveries?limit=150');
    return [log('Webhooks and callbacks', 'deliveries', items, d => [el('td', { className: 'num', textContent: time(d.at_ms) }), cell(el('b', { textContent: d.field || d.kind }), d.attempt > 1 ? pill(`attempt ${d.attempt}`, 'warn') : ''), cell(d.status ? pill(d.status, d.status === 200 ? '' : 'bad') : pill('none', 'bad')), cell(el('code', { className: 'dim', textContent: d.error || d.url || '' })), el('td', { className: 'num', textContent: d.ms == null ? '' : `${d.ms} ms` })], d => d.body, ['Time', 'Event', 'Answer', '', ''], 'Nothing was delivered yet.')];
  },
  async faults() {
    const { items } = await call('GET', '/control/faults'), errors = (await Promise.all(['messenger', 'whatsapp'].map(c => call('GET', `/control/errors?channel=${c}`)))).flatMap(list => list.items), state = await call('GET', '/control/state');
    const kinds = { graph_error: ['path', 'method', 'times', 'app_id', 'page_id', 'status', 'code', 'subcode', 'message', 'when', 'cut'], graph_delay: ['path', 'method', 'times', 'app_id', 'page_id', 'delay_ms', 'when'], webhook_duplicate: ['times', 'copies', 'page_id'], webhook_drop: ['times', 'page_id'], webhook_delay: ['times', 'delay_ms', 'page_id'], webhook_reorder: ['times', 'page_id'], whatsapp_status: ['times', 'page_id', 'customer_id', 'code', 'message'], profile: ['times', 'status', 'code', 'customer_id'], cdn: ['path', 'times', 'status', 'delay_ms'] };
    const labels = { path: 'Path (prefix, * is one segment)', method: 'Method', times: 'Times (empty: until removed)', status: 'HTTP status', code: 'Code', subcode: 'Subcode', message: 'Message', when: 'When', delay_ms: 'Delay, ms', copies: 'Copies', page_id: 'Page', app_id: 'App', customer_id: 'Customer id', cut: 'Answer' };
    const preset = { path: '/*/messages', times: '1', status: '500', code: '2', delay_ms: '3000', copies: '1' };
    const kind = el('select', { onchange: () => fill() }, Object.keys(kinds).map(k => el('option', { value: k, textContent: k.replace('_', ' ') }))), grid = el('div', { className: 'grid', style: 'margin-top:14px' });
    const choose = (...options) => el('select', {}, options.map(([value, textContent]) => el('option', { value, textContent })));
    const inputs = {
      when: () => choose(['before', 'before the work'], ['after', 'after the work: only the answer suffers']),
      cut: () => choose(['', 'is the error'], ['true', 'is cut off']),
      page_id: () => choose(['', 'any'], ...state.pages.slice(0, 50).map(p => [p.id, p.name]), ...state.instagram.map(a => [a.id, `@${a.username}`]), ...state.whatsapp.flatMap(w => w.numbers.map(n => [n.id, n.display_phone]))),
      app_id: () => choose(['', 'any'], ...state.apps.map(a => [a.id, a.name])),
    };
    const known = el('select', { ariaLabel: 'Known error', onchange: event => { const error = errors[event.target.value]; if (!error) return; for (const name of ['status', 'code', 'subcode', 'message']) { const input = grid.querySelector(`[name=${name}]`); if (input) input.value = error[name] ?? '' } dirty = true } },
      el('option', { value: '', textContent: 'Choose a known error…' }), errors.map((e, n) => el('option', { value: n, textContent: `${e.code}${e.subcode ? '/' + e.subcode : ''} · ${e.means}` })));
    const fill = () => { known.parentElement.hidden = !['graph_error', 'whatsapp_status'].includes(kind.value); grid.replaceChildren(...kinds[kind.value].map(name => {
      const input = inputs[name]?.() || el('input', { value: (kind.value === 'cdn' && name === 'path' ? '/cdn/' : kind.value === 'profile' && name !== 'times' ? '' : preset[name]) || '' });
      input.name = name; input.oninput = touched;
      return field(labels[name], input);
    })) };
    const pick = field('Known error', known);
    fill();
    const numbers = ['times', 'status', 'code', 'subcode', 'delay_ms', 'copies'];
    const submit = event => { event.preventDefault(); const fault = { kind: kind.value }; for (const input of grid.querySelectorAll('[name]')) if (input.value.trim()) fault[input.name] = numbers.includes(input.name) ? Number(input.value) : input.name === 'cut' ? true : input.value.trim(); doing(call('POST', '/control/faults', fault), 'The fault is on.') };
    return [el('form', { className: 'card', onsubmit: submit }, el('h2', { textContent: 'Switch a fault on' }), el('div', { className: 'grid' }, field('Kind', kind), pick), grid, el('div', { className: 'row' }, el('button', { className: 'btn main', textContent: 'Switch on' }))),
      el('section', { className: 'card' }, el('div', { className: 'head' }, el('h2', { textContent: 'Faults that are on', style: 'margin:0' }), el('span', { className: 'dim' }, el('button', { className: 'btn', textContent: 'Remove all', onclick: () => doing(call('DELETE', '/control/faults'), 'Removed.') }))),
        table(['Kind', 'Details', 'Left', ''], items.map(f => el('tr', {}, cell(pill(f.kind.replace('_', ' '), 'warn')), cell(el('code', { textContent: Object.entries(f).filter(([k, v]) => v != null && v !== false && v !== 0 && !['id', 'kind', 'times'].includes(k)).map(([k, v]) => `${k}=${v}`).join('  ') })), cell(f.times ?? 'until removed'), cell(el('button', { className: 'btn', textContent: 'Remove', onclick: () => doing(call('DELETE', `/control/faults/${f.id}`), 'Removed.') })))), 'Everything works as it should.'))];
  },
};
function log(title, path, items, cells, body, heads, none) {
  const rows = items.reverse().flatMap(item => {
    const key = `${path}${item.id}`, detail = el('tr', { hidden: !open.has(key) }, el('td', { colSpan: heads.length, style: 'border-top:0;padding-top:0' }, el('pre', { textContent: pretty(body(item) ?? null) })));
    const row = el('tr', { style: 'cursor:pointer', tabIndex: 0, title: 'Show the content' }, ...cells(item));
    row.onclick = () => { detail.hidden = !detail.hidden; detail.hidden ? open.delete(key) : open.add(key) };
    row.onkeydown = event => { if (event.key === 'Enter') row.onclick() };
    return [row, detail];
  });
  return el('section', { className: 'card' }, el('div', { className: 'head' }, el('h2', { textContent: title, style: 'margin:0' }), el('span', { className: 'dim' }, el('button', { className: 'btn', textContent: 'Clear', onclick: () => doing(call('DELETE', `/control/${path}`), 'Cleared.') }))), table(heads, rows, none));
}
let turn = 0;
async function show(keepFocus) {
  const mine = ++turn;
  if (!views[tab]) tab = 'apps';
  tabs.forEach(t => t.setAttribute('aria-selected', t.dataset.tab === tab));
  try {
    const nodes = await views[tab]();
    if (mine !== turn) return;
    main.replaceChildren(...nodes);
    if (keepFocus) { const search = main.querySelector('[type=search]'); search?.focus(); search?.setSelectionRange(filter.length, filter.length) }
  } catch (error) { toast(error.message) }
}
tabs.forEach(t => t.addEventListener('click', () => { tab = t.dataset.tab; dirty = false; history.replaceState(null, '', `#${tab}`); show() }));
// Only the logs follow live: forms stay as they are while someone types.
let timer = null;
const live = new EventSource('/control/events');
live.addEventListener('change', () => { if (['calls', 'deliveries'].includes(tab) || (!dirty && !main.contains(document.activeElement))) { clearTimeout(timer); timer = setTimeout(() => show(), 250) } });
show();
