// Stores are tested as the browser gets them (with effects), not as a server would render them.
export default { name: "browser-modules", viteEnvironment: "client", setup: () => ({ teardown: () => {} }) };
