//! What a flow may know besides its conversation: queues, calendars, agents, secrets by name, and the flows that it
//! leads into. Only what the flow needs is read from the store.

use std::sync::Arc;

use domain::conversation::{Conversation, FlowRef};
use domain::expected_wait::expected_wait;
use domain::flow::{CalendarFacts, FlowBody, LibraryFlow, Needs, Run, Surroundings};
use domain::id::{FlowId, UserId};
use domain::inbound::Referral;
use domain::text::Values;
use domain::time::{HOUR, Micros};
use store::Error;
use store::table::contact;
use store::table::conversation::waiting_counts;
use store::table::identity::Identity;
use store::table::queue_wait;

use crate::directory::Directory;
use crate::engine::Engine;

/// The most flows that one can lead into, directly and through others.
const MOST_FLOWS: usize = 50;

/// Waits of this period are used to estimate the next one.
const LATELY: i64 = 2 * HOUR;
/// The maximum number of them, over all queues.
const MOST_WAITS: i64 = 500;

/// What is known about the turn.
pub(crate) struct Subject<'a> {
    pub identity: &'a Identity,
    /// None for one that the turn begins.
    pub conversation: Option<&'a Conversation>,
    /// The flow that runs or would begin.
    pub flow: Option<&'a FlowBody>,
    pub now: Micros,
}

/// Reads the surroundings for one turn.
pub(crate) async fn of_turn(
    app: &Engine,
    directory: &Directory,
    about: Subject<'_>,
) -> Result<Surroundings, Error> {
    let Subject { identity, conversation, flow, now } = about;
    let run = conversation.and_then(Conversation::living_run);
    let flows = library(app, directory, flow, run).await?;
    let needs: Vec<Needs> =
        flow.into_iter().chain(flows.iter().map(|known| &*known.body)).map(|body| body.needs).collect();
    // Only the bot lets customers join a queue that may be full; people decide for themselves.
    let may_join =
        conversation.is_none_or(|it| it.state == domain::conversation::State::Bot || it.run_wakes_at().is_some());
    let limited = directory.queues.iter().any(|queue| queue.settings.max_waiting.is_some());
    let asks = needs.iter().any(|needs| needs.waiting);
    let counts = match may_join && (limited || asks) {
        true => Some(waiting_counts(&app.store).await?),
        false => None,
    };
    let mut queues = directory.queue_facts(&app.roster(), now, counts.as_ref());
    if may_join && needs.iter().any(|needs| needs.expected_wait) {
        let lately = queue_wait::lately(&app.store, now.plus(-LATELY), MOST_WAITS).await?;
        for queue in &mut queues {
            let oldest = counts.as_ref().and_then(|counts| counts.get(&queue.id)?.oldest_since);
            let recent = lately.get(&queue.id).map(Vec::as_slice).unwrap_or_default();
            queue.expected_wait = expected_wait(recent, oldest.map(|since| now.since(since)));
        }
    }
    let person = match needs.iter().any(|needs| needs.contact) {
        true => contact::find(&app.store, identity.contact).await?,
        false => None,
    };
    let mut values = Values::new();
    let mut put = |name: &str, value: &str| values.insert(name.to_owned(), value.to_owned());
    put("account.channel", identity.address.account.channel.name());
    put("contact.id", &identity.contact.to_string());
    if let Some(it) = conversation {
        put("conversation.id", &it.id.to_string());
        if let Some(referral) = it.data.latest_referral.as_deref() {
            referred(referral, &mut put);
        }
    }
    if let Some(person) = person {
        let phone = person.phone.as_deref().or(identity.phone.as_deref());
        put("contact.phone", phone.unwrap_or_default());
        put("contact.email", person.email.as_deref().unwrap_or_default());
    }
    Ok(Surroundings {
        values,
        queues,
        calendars: if flow.is_some() { calendars(directory, now) } else { Vec::new() },
        online: if needs.iter().any(|needs| needs.agents) { online(app) } else { Vec::new() },
        secrets: directory.flow_secrets.keys().cloned().collect(),
        flows,
        call: app.ids.next(),
        language: app.config.language,
        detailed: false,
    })
}

fn referred<T>(referral: &Referral, put: &mut impl FnMut(&str, &str) -> T) {
    for (name, value) in
        [("referral.ref", &referral.code), ("referral.source", &referral.source), ("referral.ad", &referral.ad_id)]
    {
        put(name, value.as_deref().unwrap_or_default());
    }
}

/// The agents who can get offers now.
pub(crate) fn online(app: &Engine) -> Vec<UserId> {
    app.roster().available().map(|agent| agent.user).collect()
}

/// The state of the calendars.
pub(crate) fn calendars(directory: &Directory, now: Micros) -> Vec<CalendarFacts> {
    let facts = |(id, hours): (&domain::id::CalendarId, &std::sync::Arc<domain::calendar::OpeningHours>)| {
        let standing = hours.standing(now);
        CalendarFacts {
            id: *id,
            open: standing.open,
            opens_at: standing.opens_at.map(|at| hours.on_the_clock(at)).unwrap_or_default(),
        }
    };
    directory.calendars.iter().map(facts).collect()
}

/// The flows that one leads into, in their published versions, and those that a run is in, in the run's versions.
async fn library(
    app: &Engine,
    directory: &Directory,
    flow: Option<&FlowBody>,
    run: Option<&Run>,
) -> Result<Vec<LibraryFlow>, Error> {
    let mut flows = match flow {
        Some(flow) => published(directory, flow),
        None => Vec::new(),
    };
    let pinned: Vec<FlowRef> = match run {
        Some(run) => run.flow.into_iter().chain(run.returns.iter().filter_map(|it| it.flow)).collect(),
        None => Vec::new(),
    };
    for reference in pinned {
        if !flows.iter().any(|known| known.reference == reference)
            && let Some(body) = app.flow_version(reference).await?
        {
            // It may lead into others, too.
            flows.extend(published(directory, &body));
            flows.push(LibraryFlow { reference, current: false, body });
        }
    }
    Ok(flows)
}

/// The flows that one leads into, directly and through others, in their published versions.
pub(crate) fn published(directory: &Directory, flow: &FlowBody) -> Vec<LibraryFlow> {
    let mut found: Vec<LibraryFlow> = Vec::new();
    let mut open: Vec<FlowId> = flow.flows().map(|(_, id)| id).collect();
    while let Some(id) = open.pop() {
        if found.len() >= MOST_FLOWS || found.iter().any(|known| known.reference.flow == id) {
            continue;
        }
        if let Some((version, body)) = directory.flows.get(&id) {
            open.extend(body.flows().map(|(_, id)| id));
            let reference = FlowRef { flow: id, version: *version };
            found.push(LibraryFlow { reference, current: true, body: Arc::clone(body) });
        }
    }
    found
}
