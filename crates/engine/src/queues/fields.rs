//! The fields of a queue in requests, and their checks.

use domain::id::{CalendarId, FormId, QueueId, SkillId, TeamId, UserId};
use domain::queue::QueueSettings;
use domain::routing::Strategy;
use domain::service::{Service, SkillNeed};
use domain::turn::Templates;
use domain::user_settings::Language;
use serde::{Deserialize, Serialize};
use store::table::named::{self, Kind};
use store::table::queue::QueueEdit;
use utoipa::ToSchema;

use crate::engine::Engine;
use crate::error::Result;
use crate::fields::{Fields, sent};
use crate::first_texts;

/// The longest text for customers, in characters.
const LONGEST_TEXT: usize = 1_000;
/// The longest target for an answer: a week.
const LONGEST_ANSWER: i64 = 604_800;
/// The longest target for the end: 30 days.
const LONGEST_RESOLUTION: i64 = 2_592_000;
/// The longest question under which a customer can tap an answer.
const LONGEST_QUESTION: usize = 500;

/// A skill that a queue requires.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueSkill {
    #[schema(value_type = String)]
    pub skill_id: SkillId,
    /// The lowest level that an agent needs: 1 to 100.
    pub min_level: i64,
    /// After a wait of this many seconds any level is enough: 1 to 86400, or null if the level always counts.
    #[serde(default)]
    pub relax_after_seconds: Option<i64>,
}

impl From<SkillNeed> for QueueSkill {
    fn from(need: SkillNeed) -> Self {
        let SkillNeed { skill, min_level, relax_after } = need;
        Self { skill_id: skill, min_level, relax_after_seconds: relax_after }
    }
}

impl From<QueueSkill> for SkillNeed {
    fn from(it: QueueSkill) -> Self {
        Self { skill: it.skill_id, min_level: it.min_level, relax_after: it.relax_after_seconds }
    }
}

/// Fields of the question after a conversation; omitted fields are not changed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CsatFields {
    /// Whether customers are asked.
    pub enabled: Option<bool>,
    /// What they are asked: at most 500 characters. They answer by tapping 1 to 5.
    pub question: Option<String>,
    /// What they are sent when they have answered: at most 1000 characters, empty for nothing.
    pub thanks: Option<String>,
}

/// Fields of a queue. For a new queue, omitted fields get their default; for an existing one they are not changed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueFields {
    /// A new queue needs one.
    pub name: Option<String>,
    /// At most 500 characters.
    pub description: Option<String>,
    pub strategy: Option<Strategy>,
    /// −100 to 100.
    pub priority: Option<i64>,
    /// The wait in seconds that counts as much as one step of priority: 1 to 86400, or null if waiting adds no
    /// priority.
    #[serde(default, deserialize_with = "sent")]
    pub ageing_seconds: Option<Option<i64>>,
    /// For how long only the agent who helped the customer before is tried: 0 to 3600.
    pub sticky_seconds: Option<i64>,
    /// 5 to 600, else 30.
    pub offer_seconds: Option<i64>,
    /// 1 to 20, else 3.
    pub missed_limit: Option<i64>,
    /// 0 to 3600.
    pub wrap_up_seconds: Option<i64>,
    /// The form that agents fill in about its conversations; null for none. Its required fields must be answered
    /// before wrap-up ends.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub form_id: Option<Option<FormId>>,
    /// For how long after a close a customer who writes continues the same conversation, with the same agent if they are
    /// available: 0 to 604800.
    pub reopen_seconds: Option<i64>,
    /// When it is open; null for always. A customer who arrives while it is closed waits until it opens.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub calendar_id: Option<Option<CalendarId>>,
    /// The text for customers who arrive while it is closed: at most 1000 characters.
    pub closed_text: Option<String>,
    /// The maximum time that a customer waits before `overflow_queue_id` takes over: 10 to 86400, or null for no
    /// limit.
    #[serde(default, deserialize_with = "sent")]
    pub max_wait_seconds: Option<Option<i64>>,
    /// The maximum number of waiting customers before it takes over: 1 to 10000, or null for no limit.
    #[serde(default, deserialize_with = "sent")]
    pub max_waiting: Option<Option<i64>>,
    /// The queue that takes over; null for none.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub overflow_queue_id: Option<Option<QueueId>>,
    /// What customers are sent when a limit is reached: at most 1000 characters.
    pub overflow_text: Option<String>,
    /// Whether agents get conversations without accepting an offer.
    pub auto_accept: Option<bool>,
    /// The silence of the agent, in seconds, after which a warning appears, and the conversation is re-queued after
    /// as long again: 30 to 86400, or null for never.
    #[serde(default, deserialize_with = "sent")]
    pub agent_idle_seconds: Option<Option<i64>>,
    /// The silence of the customer, in seconds, after which they are warned, and the conversation is closed after as
    /// long again: 30 to 86400, or null for never.
    #[serde(default, deserialize_with = "sent")]
    pub customer_idle_seconds: Option<Option<i64>>,
    /// The text of that warning: at most 1000 characters.
    pub idle_warning_text: Option<String>,
    /// How long an agent may be disconnected before their conversations go to others, in seconds: 1 to 86400, else
    /// 120.
    pub lost_after_seconds: Option<i64>,
    pub sla: Option<SlaFields>,
    /// What customers are asked when an agent has closed their conversation.
    pub csat: Option<CsatFields>,
    /// Whether every agent serves it. Default: true if neither `agent_ids` nor `team_ids` names any.
    pub all_agents: Option<bool>,
    #[schema(value_type = Option<Vec<String>>)]
    pub agent_ids: Option<Vec<UserId>>,
    #[schema(value_type = Option<Vec<String>>)]
    pub team_ids: Option<Vec<TeamId>>,
    /// The skills that all its agents need.
    pub skills: Option<Vec<QueueSkill>>,
    /// The version that was edited. A new queue has none.
    pub version: Option<i64>,
}

/// Targets of a queue. Omitted ones are not changed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaFields {
    /// From joining the queue to an agent's first answer: 1 to 604800, or null for no target.
    #[serde(default, deserialize_with = "sent")]
    pub first_response_seconds: Option<Option<i64>>,
    /// From a customer's message to each further answer: 1 to 604800, or null for no target.
    #[serde(default, deserialize_with = "sent")]
    pub response_seconds: Option<Option<i64>>,
    /// From joining the queue to the end of the conversation: 1 to 2592000, or null for no target.
    #[serde(default, deserialize_with = "sent")]
    pub resolution_seconds: Option<Option<i64>>,
}

/// A queue after the change.
pub(super) struct Edited {
    pub(super) name: String,
    pub(super) settings: QueueSettings,
    pub(super) service: Service,
}

impl Edited {
    pub(super) fn edit(&self) -> QueueEdit<'_> {
        QueueEdit { name: &self.name, settings: &self.settings, service: &self.service }
    }

    /// A new queue with the defaults, and its texts in this language.
    pub(super) fn blank(new: &QueueFields, language: Language) -> Self {
        let names_none = |ids: Option<usize>| ids.is_none_or(|count| count == 0);
        let all_agents =
            names_none(new.agent_ids.as_ref().map(Vec::len)) && names_none(new.team_ids.as_ref().map(Vec::len));
        let service = Service { all_agents, ..Service::default() };
        Self { name: String::new(), settings: first_texts::queue(language), service }
    }

    /// Applies the fields that were sent; an error names each invalid one.
    pub(super) async fn with(mut self, app: &Engine, sent: QueueFields, id: Option<QueueId>) -> Result<Self> {
        let mut fields = Fields::default();
        if id.is_none() && sent.version.is_some() {
            fields.bad("/version", "A new queue has no version yet: leave it out.");
        }
        self.apply(sent);
        self.name = fields.name("/name", &self.name, 80);
        self.check_settings(app, &mut fields, id);
        self.check_service(app, &mut fields).await?;
        fields.done()?;
        Ok(self)
    }

    fn apply(&mut self, sent: QueueFields) {
        fn set<T>(field: &mut T, sent: Option<T>) {
            if let Some(sent) = sent {
                *field = sent;
            }
        }
        let settings = &mut self.settings;
        set(&mut self.name, sent.name);
        set(&mut settings.description, sent.description);
        set(&mut settings.strategy, sent.strategy);
        set(&mut settings.priority, sent.priority);
        set(&mut settings.ageing_seconds, sent.ageing_seconds);
        set(&mut settings.sticky_seconds, sent.sticky_seconds);
        set(&mut settings.offer_seconds, sent.offer_seconds);
        set(&mut settings.missed_limit, sent.missed_limit);
        set(&mut settings.wrap_up_seconds, sent.wrap_up_seconds);
        set(&mut settings.form_id, sent.form_id);
        set(&mut settings.reopen_seconds, sent.reopen_seconds);
        set(&mut settings.calendar_id, sent.calendar_id);
        set(&mut settings.closed_text, sent.closed_text);
        set(&mut settings.max_wait_seconds, sent.max_wait_seconds);
        set(&mut settings.max_waiting, sent.max_waiting);
        set(&mut settings.overflow_queue_id, sent.overflow_queue_id);
        set(&mut settings.overflow_text, sent.overflow_text);
        set(&mut settings.auto_accept, sent.auto_accept);
        set(&mut settings.agent_idle_seconds, sent.agent_idle_seconds);
        set(&mut settings.customer_idle_seconds, sent.customer_idle_seconds);
        set(&mut settings.idle_warning_text, sent.idle_warning_text);
        set(&mut settings.lost_after_seconds, sent.lost_after_seconds);
        if let Some(sla) = sent.sla {
            set(&mut settings.sla.first_response_seconds, sla.first_response_seconds);
            set(&mut settings.sla.response_seconds, sla.response_seconds);
            set(&mut settings.sla.resolution_seconds, sla.resolution_seconds);
        }
        let csat = sent.csat.unwrap_or_default();
        set(&mut settings.csat.enabled, csat.enabled);
        set(&mut settings.csat.question, csat.question);
        set(&mut settings.csat.thanks, csat.thanks);
        let service = &mut self.service;
        set(&mut service.all_agents, sent.all_agents);
        set(&mut service.members, sent.agent_ids);
        set(&mut service.teams, sent.team_ids);
        set(&mut service.skills, sent.skills.map(|skills| skills.into_iter().map(SkillNeed::from).collect()));
    }

    fn check_settings(&mut self, app: &Engine, fields: &mut Fields, id: Option<QueueId>) {
        let it = &mut self.settings;
        it.description = fields.note("/description", &it.description, 500);
        fields.between("/priority", it.priority, -100, 100);
        fields.between_if("/ageing_seconds", it.ageing_seconds, 1, 86_400);
        fields.between("/sticky_seconds", it.sticky_seconds, 0, 3_600);
        fields.between("/offer_seconds", it.offer_seconds, 1, 600);
        fields.between("/missed_limit", it.missed_limit, 1, 20);
        fields.between("/wrap_up_seconds", it.wrap_up_seconds, 0, 3_600);
        if it.form_id.is_some_and(|id| !app.directory().forms.contains_key(&id)) {
            fields.bad("/form_id", "There is no such form.");
        }
        fields.between("/reopen_seconds", it.reopen_seconds, 0, 604_800);
        if it.calendar_id.is_some_and(|id| !app.directory().calendars.contains_key(&id)) {
            fields.bad("/calendar_id", "There is no such calendar.");
        }
        text(fields, "/closed_text", &mut it.closed_text);
        fields.between_if("/max_wait_seconds", it.max_wait_seconds, 1, 86_400);
        fields.between_if("/max_waiting", it.max_waiting, 1, 10_000);
        if let Some(why) = it.overflow_queue_id.and_then(|to| no_overflow(app, id, to)) {
            fields.bad("/overflow_queue_id", why);
        }
        text(fields, "/overflow_text", &mut it.overflow_text);
        fields.between_if("/agent_idle_seconds", it.agent_idle_seconds, 1, 86_400);
        fields.between_if("/customer_idle_seconds", it.customer_idle_seconds, 1, 86_400);
        text(fields, "/idle_warning_text", &mut it.idle_warning_text);
        fields.between("/lost_after_seconds", it.lost_after_seconds, 1, 86_400);
        fields.between_if("/sla/first_response_seconds", it.sla.first_response_seconds, 1, LONGEST_ANSWER);
        fields.between_if("/sla/response_seconds", it.sla.response_seconds, 1, LONGEST_ANSWER);
        fields.between_if("/sla/resolution_seconds", it.sla.resolution_seconds, 1, LONGEST_RESOLUTION);
        it.csat.question = it.csat.question.trim().to_owned();
        if it.csat.question.is_empty() {
            fields.bad("/csat/question", "This is needed: it is what customers are asked.");
        } else {
            fields.template("/csat/question", &it.csat.question, LONGEST_QUESTION, &Templates::VARIABLES);
        }
        text(fields, "/csat/thanks", &mut it.csat.thanks);
    }

    async fn check_service(&mut self, app: &Engine, fields: &mut Fields) -> Result<()> {
        let roster = app.roster();
        for (index, id) in self.service.members.iter().enumerate() {
            if roster.get(*id).is_none() {
                fields.bad(&format!("/agent_ids/{index}"), "There is no such agent.");
            }
        }
        let teams = named::list(&app.store, Kind::Team).await?;
        for (index, id) in self.service.teams.iter().enumerate() {
            if !teams.iter().any(|team| team.id == id.0) {
                fields.bad(&format!("/team_ids/{index}"), "There is no such team.");
            }
        }
        let skills = named::list(&app.store, Kind::Skill).await?;
        for (index, need) in self.service.skills.iter().enumerate() {
            let at = |field: &str| format!("/skills/{index}/{field}");
            if !skills.iter().any(|skill| skill.id == need.skill.0) {
                fields.bad(&at("skill_id"), "There is no such skill.");
            } else if self.service.skills[..index].iter().any(|before| before.skill == need.skill) {
                fields.bad(&at("skill_id"), "This skill is listed already.");
            }
            fields.between(&at("min_level"), need.min_level, 1, 100);
            fields.between_if(&at("relax_after_seconds"), need.relax_after, 1, 86_400);
        }
        self.service.members.sort();
        self.service.members.dedup();
        self.service.teams.sort();
        self.service.teams.dedup();
        self.service.skills.sort_by_key(|need| need.skill);
        Ok(())
    }
}

/// A text for customers; an empty one is not sent.
fn text(fields: &mut Fields, pointer: &str, text: &mut String) {
    *text = text.trim().to_owned();
    if !text.is_empty() {
        fields.template(pointer, text, LONGEST_TEXT, &Templates::VARIABLES);
    }
}

/// Why a queue cannot take over from another.
fn no_overflow(app: &Engine, from: Option<QueueId>, to: QueueId) -> Option<&'static str> {
    match app.directory().queue(to) {
        None => Some("There is no such queue."),
        Some(_) if from == Some(to) => Some("A queue cannot take over from itself: choose another."),
        Some(queue) if queue.is_isolated() => Some("This queue is isolated: only its own links lead into it."),
        Some(_) => None,
    }
}
