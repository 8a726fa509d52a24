// npm whatsapp-api-js, unchanged, against the sandbox: sending, and its own server that receives. It checks signatures
// over the escaped form of a body, so a body that is not pure ASCII would be refused.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { WhatsAppAPI } from 'whatsapp-api-js/middleware/node-http';
import { ActionButtons, ActionList, Body, Button, Image, Interactive, ListSection, Location, Reaction, Row, Text } from 'whatsapp-api-js/messages';

const { SANDBOX, NUMBER, WABA, TOKEN, APP_ID, APP_SECRET } = process.env;
// The host is fixed; a fetch of ours sends everything to the sandbox.
const fetchHere = (url, options) => fetch(String(url).replace('https://graph.facebook.com', SANDBOX), options);
const api = new WhatsAppAPI({ token: TOKEN, appSecret: APP_SECRET, webhookVerifyToken: 'verify-me', v: 'v26.0', ponyfill: { fetch: fetchHere, subtle: crypto.subtle } });
const received = [], statuses = [];
// Its own `recipient` holds the phone as webhooks have it, without a plus: Meta would add our own country code.
api.on.message = async ({ message, contact }) => {
  received.push({ message, contact });
  if (message.type === 'text') await api.sendMessage(NUMBER, `+${contact.wa_id}`, new Text(`You said: ${message.text.body}`));
};
api.on.status = ({ status, id }) => void statuses.push(`${id} ${status}`);

const server = createServer(async (request, response) => {
  try {
    if (request.method === 'GET') response.end(api.handle_get(request));
    else {
      response.statusCode = await api.handle_post(request);
      response.end();
    }
  } catch {
    response.writeHead(403).end();
  }
});
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const hook = `http://127.0.0.1:${server.address().port}/`;

const json = async (method, url, body, headers = {}) =>
  (await fetch(`${SANDBOX}${url}`, { method, headers: { 'content-type': 'application/json', ...headers }, body: body && JSON.stringify(body) })).json();
const customer = `/control/accounts/${NUMBER}/customers/olena`;
const thread = () => json('GET', `${customer}/messages`);
const wait = async (what, done) => {
  for (let turn = 0; turn < 200; turn++) {
    if (await done()) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  assert.fail(`${what} never happened`);
};
const to = async () => (await thread()).customer.whatsapp.phone;

const steps = {
  async 'is verified and subscribed'() {
    const order = { object: 'whatsapp_business_account', callback_url: hook, verify_token: 'verify-me', fields: 'messages' };
    const app = await json('POST', `/v26.0/${APP_ID}/subscriptions`, { ...order, access_token: `${APP_ID}|${APP_SECRET}` });
    assert.equal(app.success, true, JSON.stringify(app));
    const account = await json('POST', `/v26.0/${WABA}/subscribed_apps`, {}, { authorization: `Bearer ${TOKEN}` });
    assert.equal(account.success, true, JSON.stringify(account));
  },
  async 'receives and answers'() {
    await json('POST', `${customer}/messages`, { text: 'Привіт 😀' });
    await wait('the answer', async () => (await thread()).messages.some(it => it.text === 'You said: Привіт 😀'));
    assert.equal(received[0].contact.profile.name, 'Olena Kovalenko');
  },
  async 'sends text and follows its status'() {
    const sent = await api.sendMessage(NUMBER, await to(), new Text('Вітаю'));
    const { id } = sent.messages[0];
    await wait('delivered', () => statuses.includes(`${id} delivered`));
    await api.sendMessage(NUMBER, await to(), new Reaction(received[0].message.id, '👍'));
  },
  async 'sends buttons, lists, places and pictures'() {
    const buttons = new Interactive(new ActionButtons(new Button('yes', 'Yes'), new Button('no', 'No')), new Body('Which?'));
    const sent = await api.sendMessage(NUMBER, await to(), buttons);
    await json('POST', `${customer}/tap`, { mid: sent.messages[0].id, choice: 'yes' });
    await wait('the tap', () => received.some(it => it.message.interactive?.button_reply?.id === 'yes'));
    const list = new Interactive(new ActionList('See all', new ListSection('Bread', new Row('rye', 'Rye', 'A kilo'))), new Body('Choose'));
    assert.ok((await api.sendMessage(NUMBER, await to(), list)).messages[0].id);
    assert.ok((await api.sendMessage(NUMBER, await to(), new Location(30.52, 50.45, 'Maidan', 'Kyiv'))).messages[0].id);
    const form = new FormData();
    const picture = await (await fetch(`${SANDBOX}/cdn/avatar/page-1.png`)).blob();
    form.set('file', new Blob([picture], { type: 'image/png' }), 'a.png');
    const { id } = await api.uploadMedia(NUMBER, form);
    assert.ok((await api.sendMessage(NUMBER, await to(), new Image(id, true, 'Here'))).messages[0].id);
  },
  async 'fetches what a customer sends'() {
    await json('POST', `${customer}/messages`, { attachment: { type: 'audio' } });
    await wait('the voice message', () => received.some(it => it.message.type === 'audio'));
    const { message } = received.find(it => it.message.type === 'audio');
    const medium = await api.retrieveMedia(message.audio.id, NUMBER);
    const bytes = Buffer.from(await (await api.fetchMedia(medium.url)).arrayBuffer());
    assert.equal(bytes.subarray(0, 4).toString(), 'OggS');
    assert.equal((await api.markAsRead(NUMBER, message.id, 'text')).success, true);
  },
  async 'reads an error of the envelope'() {
    const refused = await api.sendMessage(NUMBER, '+380443900101', new Text('x'));
    assert.equal(refused.error.code, 131021);
  },
};

const failed = [];
for (const [name, step] of Object.entries(steps)) {
  try {
    await step();
    console.log(`ok ${name}`);
  } catch (error) {
    failed.push(name);
    console.log(`FAILED ${name}: ${error.stack}`);
  }
}
process.exit(failed.length ? 1 : 0);
