// npm messaging-api-messenger, unchanged, against the sandbox: everything that a Messenger client does. Its error texts
// are Meta's own, and so are the answers that it expects.

const assert = require('node:assert/strict');
const { MessengerClient, MessengerBatch } = require('messaging-api-messenger');

const { SANDBOX, PAGE_TOKEN, APP_ID, APP_SECRET, PAGE_ID, PSID } = process.env;
const options = { accessToken: PAGE_TOKEN, appId: APP_ID, appSecret: APP_SECRET, origin: SANDBOX, version: '26.0' };
const client = new MessengerClient(options);
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64'
);

const steps = {
  async 'reads the Page and a customer'() {
    assert.equal((await client.getPageInfo()).id, PAGE_ID);
    const person = await client.getUserProfile(PSID);
    assert.equal(person.firstName, 'Olena');
    assert.match(person.profilePic, /^http/);
  },
  async 'sends text, quick replies and a reply'() {
    const sent = await client.sendText(PSID, 'Вітаю 😀');
    assert.equal(sent.recipientId, PSID);
    assert.match(sent.messageId, /^m_/);
    const quickReplies = [{ contentType: 'text', title: 'Prices', payload: 'PRICES' }];
    await client.sendText(PSID, 'What shall it be?', { quickReplies, messagingType: 'RESPONSE' });
    await client.sendMessage(PSID, { text: 'Marked', metadata: 'row-1' });
  },
  async 'sends templates'() {
    const button = { type: 'postback', title: 'Hours', payload: 'HOURS' };
    await client.sendButtonTemplate(PSID, 'Anything else?', [button]);
    await client.sendGenericTemplate(PSID, [{ title: 'Bread', subtitle: 'Rye', buttons: [button] }]);
    await client.sendReceiptTemplate(PSID, {
      recipientName: 'Olena',
      orderNumber: '1',
      currency: 'EUR',
      paymentMethod: 'Cash',
      summary: { totalCost: 2.4 },
      elements: [{ title: 'Bread', price: 2.4 }],
    });
  },
  async 'uploads a file once and sends it twice'() {
    const { attachmentId } = await client.uploadImage(picture, { filename: 'dot.png', isReusable: true });
    assert.match(attachmentId, /^\d+$/);
    await client.sendImage(PSID, { attachmentId });
    await client.sendImage(PSID, picture, { filename: 'dot.png' });
  },
  async 'types and marks as seen'() {
    assert.equal((await client.typingOn(PSID)).recipientId, PSID);
    await client.typingOff(PSID);
    await client.markSeen(PSID);
  },
  async 'keeps a Messenger profile'() {
    await client.setGetStarted('START');
    await client.setGreeting('Hello {{user_first_name}}');
    assert.equal((await client.getGetStarted()).payload, 'START');
    await client.setPersistentMenu([{ type: 'postback', title: 'Menu', payload: 'MENU' }]);
    assert.equal((await client.getPersistentMenu())[0].callToActions[0].payload, 'MENU');
    await client.deletePersistentMenu();
    await client.deleteGetStarted();
    assert.equal(await client.getGetStarted(), null);
  },
  async 'makes, lists and deletes a persona'() {
    const { id } = await client.createPersona({ name: 'Ann', profilePictureUrl: `${SANDBOX}/cdn/avatar/page-${PAGE_ID}.png` });
    assert.ok((await client.getAllPersonas()).some(persona => persona.id === id));
    assert.equal((await client.getPersona(id)).name, 'Ann');
    await client.sendText(PSID, 'It is me, Ann', { personaId: id });
    assert.equal((await client.deletePersona(id)).success, true);
  },
  async 'sends a batch of which one part fails alone'() {
    const answers = await client.sendBatch([
      MessengerBatch.sendText(PSID, 'One of two'),
      MessengerBatch.sendText('20000000000000001', 'To nobody'),
    ]);
    assert.equal(answers[0].code, 200);
    assert.match(answers[0].body.messageId, /^m_/);
    assert.equal(answers[1].code, 400);
    assert.equal(answers[1].body.error.code, 100);
  },
  async 'reads the subscriptions and its own token'() {
    // The proof belongs to the Page's token; an app token holds the secret itself.
    const app = new MessengerClient({ ...options, skipAppSecretProof: true });
    const subscription = await app.getPageSubscription({ accessToken: `${APP_ID}|${APP_SECRET}` });
    assert.equal(subscription.object, 'page');
    assert.equal((await app.debugToken()).isValid, true);
  },
  async 'words an error as Meta does'() {
    await assert.rejects(client.sendText(PSID, 'x'.repeat(2001)), error => {
      assert.match(error.message, /OAuthException/);
      assert.equal(error.response.data.error.code, 100);
      assert.ok(error.response.data.error.fbtraceId || error.response.data.error.fbtrace_id);
      return true;
    });
  },
};

(async () => {
  const failed = [];
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`ok ${name}`);
    } catch (error) {
      failed.push(name);
      console.log(`FAILED ${name}: ${error.stack} ${JSON.stringify(error.response?.data ?? null)}`);
    }
  }
  process.exitCode = failed.length ? 1 : 0;
})();
