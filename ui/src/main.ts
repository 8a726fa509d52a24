// The entry: theme first (so that nothing flashes), then the router and the application.
import { mount } from "svelte";
import "./kit/fonts.css";
import "./kit/tokens.css";
import "./kit/base.css";
import App from "./App.svelte";
import { clock } from "./api/clock.svelte";
import { theme } from "./kit/theme.svelte";
import { prefixLinks } from "./base";
import { leaveCompositionAlone } from "./kit/keys";
import { router } from "./router.svelte";

prefixLinks(document.body);
leaveCompositionAlone(window);
theme.start();
clock.start();
router.start();
mount(App, { target: document.getElementById("app")! });
