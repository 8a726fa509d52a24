// A bot that knows nothing of sandboxes, but for the address of Graph.
module.exports = {
  session: { driver: 'memory', stores: { memory: { maxSize: 500 } } },
  channels: {
    messenger: {
      enabled: true,
      path: '/webhooks/messenger',
      pageId: process.env.PAGE_ID,
      accessToken: process.env.PAGE_TOKEN,
      appId: process.env.APP_ID,
      appSecret: process.env.APP_SECRET,
      verifyToken: 'verify-me',
      origin: process.env.SANDBOX,
      fields: ['messages', 'messaging_postbacks'],
    },
  },
};
