// npm messaging-api-messenger, unchanged, writing to someone on Instagram through the Page: the same endpoint, the same
// bodies, Instagram's own limits.

const assert = require('node:assert/strict');
const { MessengerClient } = require('messaging-api-messenger');

const { SANDBOX, PAGE_TOKEN, APP_SECRET, IGSID } = process.env;
const client = new MessengerClient({ accessToken: PAGE_TOKEN, appSecret: APP_SECRET, origin: SANDBOX, version: '26.0' });
const code = async promise => promise.then(() => 0, error => error.response.data.error.code);

const steps = {
  async 'sends text, quick replies and a picture'() {
    assert.equal((await client.sendText(IGSID, 'Вітаю 😀')).recipientId, IGSID);
    const quickReplies = [{ contentType: 'text', title: 'Prices', payload: 'PRICES' }];
    await client.sendText(IGSID, 'Which?', { quickReplies, messagingType: 'RESPONSE' });
    await client.sendImage(IGSID, `${SANDBOX}/cdn/avatar/page-1.png`);
    await client.sendGenericTemplate(IGSID, [{ title: 'Bread', subtitle: 'Rye' }]);
  },
  async 'types and marks as seen'() {
    assert.equal((await client.typingOn(IGSID)).recipientId, IGSID);
    await client.markSeen(IGSID);
  },
  async 'meets the limits of Instagram'() {
    assert.equal(await code(client.sendText(IGSID, 'я'.repeat(501))), 100);
    const button = { type: 'postback', title: 'A', payload: 'A' };
    assert.equal(await code(client.sendButtonTemplate(IGSID, 'More?', [button])), 100);
    assert.equal(await code(client.sendText(IGSID, 'x', { personaId: '1' })), 100);
  },
};

(async () => {
  let failed = 0;
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`ok ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}: ${error.stack} ${JSON.stringify(error.response?.data ?? null)}`);
    }
  }
  process.exitCode = failed ? 1 : 0;
})();
