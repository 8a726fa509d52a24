//! The tasks, in Meta's order (meta-platform.md §9): first who will write, then whether a review is needed at all.
//! Deskbell and Graph detect what they can; the operator ticks the rest.

mod app;
mod submission;

use serde::Serialize;
use utoipa::ToSchema;

use super::audience::audience;
use super::facts::Facts;
use super::permission::minute;
use super::refusal::Place;
use super::way::Way;
use channels::connecting::Connecting;
use engine::clock::rfc3339;

/// The state of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewState)]
pub enum State {
    /// In order.
    Done,
    /// To be done.
    Todo,
    /// Found to be wrong.
    Problem,
    /// Not needed for this audience.
    NotNeeded,
}

/// Where the state comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewSource)]
pub enum Source {
    /// Deskbell detects it.
    Deskbell,
    /// Graph reports it.
    Meta,
    /// The operator ticks it.
    Operator,
}

/// A value to copy into Meta's dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewPaste)]
pub struct Paste {
    /// Meta's field.
    pub field: &'static str,
    /// The value.
    pub value: String,
}

/// A single step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewCheck)]
pub struct Check {
    /// An entry of the checklist.
    pub key: String,
    /// What is to be done.
    pub title: String,
    /// How and why.
    pub text: String,
    /// Its state.
    pub state: State,
    /// The source.
    pub source: Source,
    /// What was found.
    pub detail: Option<String>,
    /// The value for Meta's dashboard.
    pub paste: Option<Paste>,
    /// Where it is done: a screen of Deskbell or of Meta's dashboard.
    pub place: Option<Place>,
    /// Whether the operator may tick it.
    pub tickable: bool,
    /// Since when it has been ticked.
    pub ticked_at: Option<String>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReviewStep)]
pub struct Step {
    /// Its key.
    pub key: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Why Meta asks.
    pub text: String,
    /// `done` if everything in it is done.
    pub state: State,
    /// The tasks.
    pub checks: Vec<Check>,
}

/// All tasks.
pub fn steps(facts: &Facts) -> Vec<Step> {
    let mut steps = vec![who(facts), works(facts)];
    steps.extend(app::steps(facts));
    steps.extend(submission::steps(facts));
    for step in &mut steps {
        step.state = summed(&step.checks);
    }
    steps
}

/// The number of finished tasks, and of all tasks.
pub fn progress(steps: &[Step]) -> (usize, usize) {
    let needed = steps.iter().flat_map(|step| &step.checks).filter(|check| check.state != State::NotNeeded);
    needed.fold((0, 0), |(done, all), check| (done + usize::from(check.state == State::Done), all + 1))
}

fn summed(checks: &[Check]) -> State {
    let has = |state: State| checks.iter().any(|check| check.state == state);
    match () {
        () if has(State::Problem) => State::Problem,
        () if has(State::Todo) => State::Todo,
        () if has(State::Done) => State::Done,
        () => State::NotNeeded,
    }
}

/// Keys that may be ticked.
pub fn may_tick(facts: &Facts, key: &str) -> bool {
    steps(facts).iter().flat_map(|step| &step.checks).any(|check| check.key == key && check.tickable)
}

/// A step before its state is computed.
fn step(key: &'static str, title: &'static str, text: impl Into<String>, checks: Vec<Check>) -> Step {
    Step { key, title, text: text.into(), state: State::Todo, checks }
}

/// A check that Deskbell detects itself.
fn seen(key: &str, title: &str, text: impl Into<String>, done: bool) -> Check {
    Check {
        key: key.to_owned(),
        title: title.to_owned(),
        text: text.into(),
        state: if done { State::Done } else { State::Todo },
        source: Source::Deskbell,
        detail: None,
        paste: None,
        place: None,
        tickable: false,
        ticked_at: None,
    }
}

/// A check that the operator ticks.
fn ticked(facts: &Facts, key: &str, title: &str, text: impl Into<String>) -> Check {
    let since = facts.operator.ticks.get(key);
    Check {
        source: Source::Operator,
        tickable: true,
        ticked_at: since.map(|at| rfc3339(*at)),
        ..seen(key, title, text, since.is_some())
    }
}

impl Check {
    fn paste(mut self, field: &'static str, value: impl Into<String>) -> Self {
        self.paste = Some(Paste { field, value: value.into() });
        self
    }

    fn at(mut self, label: &str, url: impl Into<String>) -> Self {
        self.place = Some(Place { label: label.to_owned(), url: url.into() });
        self
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    fn problem(mut self, detail: impl Into<String>) -> Self {
        self.state = State::Problem;
        self.detail(detail)
    }

    fn needed_if(mut self, needed: bool) -> Self {
        if !needed {
            self.state = State::NotNeeded;
        }
        self
    }
}

fn who(facts: &Facts) -> Step {
    let audience = audience(facts);
    let check = seen(
        "audience",
        "Say who will write and who will connect Pages",
        "Meta's first question: people with a role on the app need no review, the public does.",
        audience.needed.is_some(),
    );
    step("audience", "Who will write", audience.text, vec![check.detail(audience.text)])
}

/// Checks of Deskbell itself, before Meta looks at it.
fn works(facts: &Facts) -> Step {
    let screens = facts.screens();
    let secret = seen(
        "secret",
        "App ID and App Secret belong together",
        "Meta accepts the secret of this gateway.",
        facts.secret_state == "ok",
    );
    let secret = match facts.secret_state.as_str() {
        "refused" => {
            secret.problem("Meta does not accept the App Secret. Copy it again from App settings, Basic.")
        }
        "lost" => secret.problem("The App Secret can no longer be read. Enter it again."),
        _ => secret,
    };
    let https = facts.public_url.starts_with("https://");
    let public = seen(
        "public_url",
        "The installation can be reached from the internet by https",
        "Meta calls it, and the reviewer opens it: no VPN, no block by country, for weeks.",
        https,
    );
    let public = if https {
        public.detail(facts.public_url.clone())
    } else {
        public.problem(format!(
            "The public URL is {}: set DESKBELL_PUBLIC_URL to an https address.",
            facts.public_url
        ))
    };
    let webhook = seen(
        "webhook",
        "Meta verified the webhook and delivers",
        "Events arrive here only once the address is verified and the app is live.",
        facts.webhook_verified_at.is_some() && facts.last_event_at.is_some(),
    );
    let webhook = match (facts.webhook_verified_at, facts.last_event_at) {
        (None, None) => webhook.detail("Meta has not called yet."),
        (Some(_), None) => {
            webhook.detail(format!("Verified, but no event came yet: write to the {}.", facts.noun()))
        }
        (_, Some(at)) => webhook.detail(format!("The last event came on {}.", minute(at))),
    };
    let answered = seen(
        "answers",
        "Everyone who writes gets an answer",
        "Reviewers write \"Hi\" and expect an answer; silence is refused as \"Messenger Bot Not Functional\". The \
         bot answers any text; have an agent online too.",
        facts.enabled && facts.last_sent_at.is_some(),
    );
    let answered = match (facts.enabled, facts.last_sent_at) {
        (false, _) => answered.problem("The gateway is switched off."),
        (true, None) => answered.detail(format!(
            "Nothing was sent yet: write to the {} and see whether the bot answers.",
            facts.noun()
        )),
        (true, Some(at)) => answered.detail(format!(
            "The last answer was sent on {}; {}.",
            minute(at),
            if facts.agent_online { "an agent is online" } else { "no agent is online now" }
        )),
    };
    let mut checks = vec![secret.at("Meta tab", format!("{screens}/meta")), public];
    checks.extend(facts.by_app().into_iter().map(|way| connected(facts, way)));
    checks.extend([
        webhook.at("Health", format!("{screens}/health")),
        answered.at("Health", format!("{screens}/health")),
    ]);
    step(
        "works",
        "Deskbell works",
        "What the reviewer will use must run before you submit, and keep running for weeks.",
        checks,
    )
}

/// Whether there is an account on which the review can be shown.
fn connected(facts: &Facts, way: Way) -> Check {
    let (key, title, text, tab) = match way {
        Way::Messenger => (
            "page",
            "A published business Page is connected and switched on",
            "The review is shown on it. A personal profile is refused.",
            ("Facebook pages", "pages"),
        ),
        Way::InstagramByPage | Way::InstagramLogin => (
            "instagram_account",
            "A professional Instagram account is connected and switched on",
            "The review is shown on it. Its owner must allow access to messages, in Instagram's own settings.",
            ("Instagram", "instagram"),
        ),
        Way::WhatsApp => (
            "whatsapp_number",
            "A WhatsApp number is connected and switched on",
            "The review is shown on it. It must be registered, and its name approved.",
            ("WhatsApp", "whatsapp"),
        ),
    };
    let all = facts.of_channel(way.channel()).count();
    let on = facts.of_channel(way.channel()).filter(|account| account.subscribed).count();
    let noun = Connecting::of(way.channel()).noun;
    seen(key, title, text, on > 0)
        .detail(format!("{on} of {all} connected {noun}s are on."))
        .at(tab.0, format!("{}/{}", facts.screens(), tab.1))
}

#[cfg(test)]
mod tests {
    use super::super::facts::tests::sample;
    use super::super::meta_status::MetaStatus;
    use super::super::operator_answers::{Connectors, Writers};
    use super::*;
    use domain::time::Micros;

    fn check(facts: &Facts, key: &str) -> Check {
        let steps = steps(facts);
        let found = steps.iter().flat_map(|step| &step.checks).find(|check| check.key == key);
        found.unwrap_or_else(|| panic!("no check {key}")).clone()
    }

    #[test]
    fn keys_are_single_and_the_audience_comes_first() {
        let steps = steps(&sample());
        assert_eq!(steps[0].key, "audience");
        let keys: Vec<&str> = steps.iter().flat_map(|step| &step.checks).map(|check| check.key.as_str()).collect();
        for (n, key) in keys.iter().enumerate() {
            assert!(!keys[..n].contains(key), "{key} twice");
        }
    }

    #[test]
    fn without_the_public_nothing_of_the_review_is_to_be_done() {
        let mut facts = sample();
        (facts.operator.writers, facts.operator.connectors) = (Some(Writers::Role), Some(Connectors::Role));
        for key in
            ["business_verified", "data_handling", "permission_pages_messaging", "submitted", "privacy_policy"]
        {
            assert_eq!(check(&facts, key).state, State::NotNeeded, "{key}");
        }
        assert_eq!(check(&facts, "page").state, State::Done);
        facts.operator.writers = Some(Writers::Public);
        for key in
            ["business_verified", "data_handling", "permission_pages_messaging", "submitted", "privacy_policy"]
        {
            assert_eq!(check(&facts, key).state, State::Todo, "{key}");
        }
        assert_eq!(check(&facts, "tech_provider").state, State::NotNeeded);
        facts.operator.connectors = Some(Connectors::Others);
        assert_eq!(check(&facts, "tech_provider").state, State::Todo);
    }

    #[test]
    fn what_graph_tells_is_seen_and_what_it_hides_is_ticked() {
        let mut facts = sample();
        facts.operator.writers = Some(Writers::Public);
        assert!(check(&facts, "privacy_policy").tickable, "nobody asked Meta yet");
        let mut status = MetaStatus { at: facts.at, knows_app: true, ..MetaStatus::default() };
        status.settings.insert("privacy_policy_url".into(), String::new());
        status.settings.insert("category".into(), "Business".into());
        facts.meta_status = Some(status);
        let privacy = check(&facts, "privacy_policy");
        assert_eq!((privacy.state, privacy.source, privacy.tickable), (State::Todo, Source::Meta, false));
        assert_eq!(privacy.paste.unwrap().value, "https://desk.example/legal/7/privacy");
        assert_eq!(check(&facts, "category").state, State::Done);
        let terms = check(&facts, "terms");
        assert_eq!((terms.source, terms.tickable), (Source::Operator, true), "Meta does not tell it");
        facts.operator.ticks.insert("terms".into(), Micros(1));
        assert_eq!(check(&facts, "terms").state, State::Done);
        assert!(may_tick(&facts, "terms") && !may_tick(&facts, "category") && !may_tick(&facts, "nothing"));
    }
}
