// Sections that make trouble on purpose: any event of the platform, and chaos with its clock.
import { call, cell, el, field, pretty, table } from '/static/kit.js';

const options = pairs => pairs.map(([value, textContent]) => el('option', { value, textContent }));
const percent = [
  ['duplicate', 'Webhooks that come again'], ['reorder', 'Webhooks that change places'], ['lose_webhook', 'Webhooks that never come'],
  ['drop_answer', 'Messages sent, but the answer is lost'], ['http_5xx', 'Server errors, nothing sent'], ['transient', 'Passing errors (code 2)'],
  ['rate_limit', 'Rate limits'], ['token_death', 'Page tokens that die'],
];
const rough = { seed: 1, delay_ms: [0, 400], duplicate: 0.1, reorder: 0.1, lose_webhook: 0.01, drop_answer: 0.05, http_5xx: 0.05, transient: 0.05 };
let chosen = { kind: 'text' };

export const trouble = ({ doing, touched }) => ({
  async events() {
    const state = await call('GET', '/control/state');
    const channels = ['messenger', 'instagram', 'whatsapp'];
    const lists = Object.fromEntries(await Promise.all(channels.map(async c => [c, (await call('GET', `/control/kinds?channel=${c}`)).items])));
    const everything = [
      ...state.pages.map(p => ({ id: p.id, name: p.name, channel: 'messenger', heard: Object.keys(p.subscribed_apps).length })),
      ...state.instagram.map(a => ({ id: a.id, name: `@${a.username}`, channel: 'instagram', heard: a.subscribed_apps.length })),
      ...state.whatsapp.flatMap(w => w.numbers.map(n => ({ id: n.id, name: n.display_phone, channel: 'whatsapp', heard: Object.keys(w.subscribed_apps).length }))),
    ];
    const heard = everything.filter(a => a.heard);
    const shown = heard.length ? heard : [...everything.slice(0, 20), ...everything.filter(a => a.channel !== 'messenger')];
    const itemsOf = id => lists[everything.find(a => a.id === id)?.channel || 'messenger'];
    const page = el('select', { onchange: () => { chosen.page = page.value; relist() } }, options(shown.map(a => [a.id, a.name])));
    const customer = el('select', { onchange: () => { chosen.customer = customer.value } }, options(state.customers.map(c => [c.id, c.name])));
    const kind = el('select', { onchange: () => { chosen = { page: page.value, customer: customer.value, kind: kind.value }; fill() } });
    const relist = () => { const items = itemsOf(page.value); kind.replaceChildren(...options(items.map(k => [k.name, k.title]))); kind.value = items.some(k => k.name === chosen.kind) ? chosen.kind : 'text'; fill() };
    const name = el('input', { spellcheck: false, oninput: touched });
    const carrier = el('select', { oninput: touched }, options([['messaging', 'messaging[]'], ['standby', 'standby[]'], ['changes', 'changes[]'], ['body', 'the whole body']]));
    const item = el('textarea', { spellcheck: false, oninput: touched });
    const fill = () => { const sample = itemsOf(page.value).find(k => k.name === kind.value); name.value = sample.field; carrier.value = sample.carrier; item.value = pretty(sample.item) };
    if (chosen.page) page.value = chosen.page;
    if (chosen.customer) customer.value = chosen.customer;
    relist();
    const send = async () => {
      let value;
      try { value = JSON.parse(item.value) } catch (error) { throw new Error(`The JSON cannot be read: ${error.message}`) }
      return call('POST', `/control/accounts/${page.value}/customers/${customer.value}/event`, { field: name.value.trim(), carrier: carrier.value, item: value });
    };
    const submit = event => { event.preventDefault(); doing(send(), r => r.receivers ? `On its way to ${r.receivers} app${r.receivers === 1 ? '' : 's'}.` : `No live app is subscribed to ${r.field} of this account.`) };
    return [el('form', { className: 'card', onsubmit: submit }, el('h2', { textContent: 'Send an event' }),
      el('p', { className: 'dim', textContent: 'What Meta would say, whether or not it happened. The phone shows nothing of it. Words with $ are filled in on the way: $psid, $page, $app, $mid, $out_mid, $new_mid, $now, $now_s, $base, $picture, $video, $audio, $file; for WhatsApp also $waba, $display, $phone, $user_id, $name, $media, $sha256.' }),
      !heard.length && el('p', { className: 'pill warn', textContent: 'No app is subscribed to an account yet: no one would receive the event.' }),
      el('div', { className: 'grid' }, field('Kind', kind), field('Account', page), field('Customer', customer), field('Field that apps subscribe to', name), field('Carried in', carrier)),
      el('div', { className: 'field wide gap' }, field('JSON', item)),
      el('div', { className: 'row' }, el('button', { className: 'btn main', textContent: 'Send' })))];
  },
  async chaos() {
    const [state, clock] = await Promise.all([call('GET', '/control/chaos'), call('GET', '/control/clock')]);
    const inputs = {}, number = (key, value, max) => { inputs[key] = el('input', { type: 'number', min: 0, max, step: 'any', value, oninput: touched }); return inputs[key] };
    const set = plan => { inputs.seed.value = plan.seed; inputs.least.value = plan.delay_ms[0]; inputs.most.value = plan.delay_ms[1]; for (const [key] of percent) inputs[key].value = +((plan[key] || 0) * 100).toFixed(3) };
    const plan = () => ({ seed: Number(inputs.seed.value), delay_ms: [Number(inputs.least.value), Number(inputs.most.value)], ...Object.fromEntries(percent.map(([key]) => [key, Number(inputs[key].value) / 100])) });
    const submit = event => { event.preventDefault(); doing(call('POST', '/control/chaos', plan()), 'Chaos is on.') };
    const wind = (label, order) => el('button', { type: 'button', className: 'btn', textContent: label, onclick: () => doing(call('POST', '/control/clock', order), 'The clock is wound.') });
    const form = el('form', { className: 'card', onsubmit: submit },
      el('div', { className: 'head' }, el('h2', { textContent: 'Chaos', style: 'margin:0' }), el('span', { className: `pill ${state.on ? 'bad' : ''}`, textContent: state.on ? 'on' : 'off' })),
      el('p', { className: 'dim', textContent: 'Everything goes wrong now and then, the same way for the same seed. Each fault is listed in the log of deliveries.' }),
      el('div', { className: 'grid' }, field('Seed', number('seed', 0)), field('Delay from, ms', number('least', 0, 60000)), field('Delay to, ms', number('most', 0, 60000)), percent.map(([key, label]) => field(`${label}, %`, number(key, 0, 100)))),
      el('div', { className: 'row' }, el('button', { className: 'btn main', textContent: state.on ? 'Restart with these' : 'Switch on' }),
        el('button', { type: 'button', className: 'btn', textContent: 'Fill in a rough day', onclick: () => { set(rough); touched() } }),
        el('button', { type: 'button', className: 'btn', textContent: 'Calm', disabled: !state.on, onclick: () => doing(call('DELETE', '/control/chaos'), 'Calm again.') })));
    set(state.plan);
    return [form,
      el('section', { className: 'card' }, el('h2', { textContent: 'Done so far' }), table(['Fault', 'Times'], Object.entries(state.committed).map(([what, times]) => el('tr', {}, cell(what.replaceAll('_', ' ')), cell(times))), 'Nothing has gone wrong yet.')),
      el('section', { className: 'card' }, el('h2', { textContent: 'Meta’s patience' }),
        el('p', { className: 'dim', textContent: `A webhook that fails is tried again at once, then slower and slower; after 15 minutes without a success there is an alert, after an hour the app is unsubscribed from the Page. This clock runs ${clock.speed === 1 ? 'as fast' : `${clock.speed} times as fast`} as time.` }),
        el('div', { className: 'row' }, wind('15 minutes ahead', { advance_seconds: 900 }), wind('An hour ahead', { advance_seconds: 3600 }), wind('60 times as fast', { speed: 60 }), wind('Normal speed', { speed: 1 })))];
  },
});
