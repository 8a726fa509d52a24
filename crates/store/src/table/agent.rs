//! Agents: whether they take chats, and how many.

use std::collections::{BTreeMap, HashMap};

use domain::agent::{Agent, BreakOut, Reason, Status};
use domain::channel::Channel;
use domain::decision::AgentEffect;
use domain::id::{SkillId, TeamId, UserId};
use domain::service::{AgentSkill, Qualifications};
use domain::time::{DAY, Micros};

use crate::batch::statements;
use crate::json::json;
use crate::table::conversation;
use crate::table::event::{self, Event};
use crate::table::role;
use crate::{Batch, Error, Row, Signal, Store, values};

macro_rules! columns {
    () => {
        concat!("u.id, u.name, u.email, u.active, a.status, a.cause, a.since, a.reason, a.capacity, a.idle_since, a.missed, \
         a.streamed, a.lost_at, a.version,
         (SELECT count(*) FROM conversation c WHERE c.agent_id = u.id AND c.state IN ('active', 'wrap_up')),
         u.role, a.set_by, (SELECT s.name FROM users s WHERE s.id = a.set_by), a.team_id, a.capacity_by_channel, a.offered_at, ",
        $crate::table::role::permissions_of_user!(), ", a.limit_at")
    };
}

statements! {
    /// All agents.
    LIST = concat!("SELECT ", columns!(), " FROM agent a JOIN users u ON u.id = a.user_id WHERE u.is_agent = 1 ORDER BY u.name, u.id");
    /// One agent.
    BY_ID = concat!("SELECT ", columns!(), " FROM agent a JOIN users u ON u.id = a.user_id WHERE u.id = $1 AND u.is_agent = 1");
    /// The skills of all agents.
    SKILLS = "SELECT user_id, skill_id, level FROM agent_skill ORDER BY user_id, skill_id";
    /// The skills of one.
    SKILLS_OF = "SELECT user_id, skill_id, level FROM agent_skill WHERE user_id = $1 ORDER BY skill_id";
    /// Removes their skills.
    CLEAR_SKILLS = "DELETE FROM agent_skill WHERE user_id = $1";
    /// Adds a skill.
    ADD_SKILL = "INSERT INTO agent_skill (user_id, skill_id, level) VALUES ($1, $2, $3)";
    /// Makes a user an agent; a former agent keeps their old row.
    INSERT = "INSERT INTO agent (user_id, status, cause, since, reason, capacity, idle_since, missed, streamed, lost_at, version)
        VALUES ($1, 'offline', NULL, $2, NULL, 5, $2, 0, 0, NULL, 1) ON CONFLICT (user_id) DO NOTHING";
    /// Sets the status. $6: whether losing their event streams counts; NULL leaves that unchanged.
    SET_STATUS = "UPDATE agent SET status = $2, cause = $3, since = $4, reason = $5, streamed = coalesce($6, streamed), missed = 0,
        lost_at = NULL, set_by = $7, limit_at = $8, idle_since = CASE WHEN $2 = 'online' THEN $4 ELSE idle_since END WHERE user_id = $1";
    /// A break with a cause ends.
    PAUSE_ENDED = "INSERT INTO agent_pause (user_id, started_at, cause, ended_at) SELECT user_id, since, cause, CAST($2 AS BIGINT) FROM agent
        WHERE user_id = $1 AND status = 'pause' AND cause IS NOT NULL
        ON CONFLICT (user_id, started_at) DO UPDATE SET ended_at = excluded.ended_at";
    /// What no limit counts any longer.
    FORGET_PAUSES = "DELETE FROM agent_pause WHERE user_id = $1 AND ended_at < $2";
    /// Breaks of an agent with a cause that lasted beyond a moment.
    PAUSES = "SELECT started_at, ended_at FROM agent_pause WHERE user_id = $1 AND cause = $2 AND ended_at > $3 ORDER BY started_at";
    /// A stream opened while online: from now on, losing it counts.
    STREAMED = "UPDATE agent SET streamed = 1 WHERE user_id = $1 AND status <> 'offline'";
    /// The browser lost the connection.
    LOST = "UPDATE agent SET lost_at = $2, status = 'offline', cause = NULL, limit_at = NULL, reason = 'lost', since = $2, set_by = NULL
        WHERE user_id = $1 AND status <> 'offline'";
    /// The browser is back in time.
    BACK = "UPDATE agent SET lost_at = NULL, status = 'online', reason = 'self', since = $2, idle_since = $2, streamed = 1
        WHERE user_id = $1 AND status = 'offline' AND reason = 'lost' AND lost_at = $3";
    /// They are offline, and their browser is gone too.
    GONE = "UPDATE agent SET lost_at = $2 WHERE user_id = $1 AND status = 'offline' AND lost_at IS NULL";
    /// The time to come back has passed.
    GIVEN_UP = "UPDATE agent SET lost_at = NULL WHERE user_id = $1 AND lost_at IS NOT NULL";
    /// Changes one; $5 is the expected version, or 0 for any.
    UPDATE = "UPDATE agent SET capacity = $2, capacity_by_channel = $3, team_id = $4, version = version + 1
        WHERE user_id = $1 AND (version = $5 OR $5 = 0)";
    /// An offer was accepted.
    ACCEPTED = "UPDATE agent SET missed = 0, idle_since = $2, answered_day = $3,
        answered = CASE WHEN answered_day = $3 THEN answered + 1 ELSE 1 END WHERE user_id = $1";
    /// How many customers each agent got on a day.
    ANSWERED = "SELECT user_id, answered FROM agent WHERE answered_day = $1";
    /// An offer was missed.
    MISSED = "UPDATE agent SET missed = missed + 1, idle_since = $2 WHERE user_id = $1";
    /// The rule for missed offers: with $3 in a row an agent of status $4 gets status $5 for reason $6.
    BREAK_OUT = "UPDATE agent SET status = $5, reason = $6, since = $2, set_by = NULL WHERE user_id = $1 AND status = $4 AND missed >= $3";
    /// They get a new offer.
    OFFERED = "UPDATE agent SET idle_since = $2, offered_at = $2 WHERE user_id = $1";
    /// They finished something: idle from now on.
    FREED = "UPDATE agent SET idle_since = $2 WHERE user_id = $1";
    /// Users who left for good and whose conversations may not have gone to others: those who may no longer sign in
    /// and hold some, and those who stopped being agents at `lost_at`.
    LEFT = "SELECT u.id, u.name, u.active FROM users u LEFT JOIN agent a ON a.user_id = u.id
        WHERE (u.active = 0 AND EXISTS (SELECT 1 FROM conversation c WHERE c.agent_id = u.id AND c.state IN ('active', 'snoozed', 'waiting')))
        OR (u.is_agent = 0 AND a.lost_at IS NOT NULL)";
    /// Whether there is an agent who was ever online: for the first-run checklist.
    ANY_ONLINE = "SELECT count(*) FROM agent WHERE status <> 'offline' OR reason IS NOT NULL";
}

/// An agent from its columns.
pub(crate) fn from_row(row: &Row) -> Agent {
    Agent {
        user: UserId(row.int(0)),
        name: row.text(1),
        email: row.text(2),
        active: row.flag(3),
        status: Status::from_word(&row.text(4)).unwrap_or(Status::Offline),
        cause: row.opt_text(5),
        limit_at: row.opt_int(22).map(Micros),
        since: Micros(row.int(6)),
        reason: row.opt_text(7).and_then(|word| Reason::from_word(&word)),
        qualifications: Qualifications { team: row.opt_int(18).map(TeamId), skills: Vec::new() },
        capacity: row.int(8),
        capacity_by_channel: row.json(19),
        idle_since: Micros(row.int(9)),
        offered_at: Micros(row.int(20)),
        missed: row.int(10),
        streamed: row.flag(11),
        lost_at: row.opt_int(12).map(Micros),
        version: row.int(13),
        open: row.int(14),
        role: role::of_user(&row.text(15), row.opt_text(21)),
        set_by: row.opt_int(16).map(|user| (UserId(user), row.opt_text(17).unwrap_or_default())),
    }
}

/// Agents from their rows and those of their skills.
fn with_skills(rows: &[Row], skills: &[Row]) -> Vec<Agent> {
    let mut of_user: HashMap<UserId, Vec<AgentSkill>> = HashMap::new();
    for row in skills {
        let skill = AgentSkill { skill: SkillId(row.int(1)), level: row.int(2) };
        of_user.entry(UserId(row.int(0))).or_default().push(skill);
    }
    let mut agents: Vec<Agent> = rows.iter().map(from_row).collect();
    for agent in &mut agents {
        agent.qualifications.skills = of_user.remove(&agent.user).unwrap_or_default();
    }
    agents
}

/// All agents.
pub async fn list(store: &Store) -> Result<Vec<Agent>, Error> {
    let answers = store.ask(vec![(LIST, values![]), (SKILLS, values![])]).await?;
    Ok(with_skills(&answers[0], &answers[1]))
}

/// One agent.
pub async fn by_id(store: &Store, user: UserId) -> Result<Option<Agent>, Error> {
    let answers = store.ask(vec![(BY_ID, values![user]), (SKILLS_OF, values![user])]).await?;
    Ok(with_skills(&answers[0], &answers[1]).pop())
}

/// What an agent did today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Handled {
    /// Conversations closed.
    pub count: i64,
    /// How long these took together, from accept to close, in microseconds.
    pub duration: i64,
}

/// An agent, and what they closed since a moment; for a user who is not an agent, only the latter.
pub async fn with_handled(store: &Store, user: UserId, since: Micros) -> Result<(Option<Agent>, Handled), Error> {
    let handled = (conversation::HANDLED, values![user, since]);
    let answers = store.ask(vec![(BY_ID, values![user]), (SKILLS_OF, values![user]), handled]).await?;
    let handled = answers[2].first().map(|row| Handled { count: row.int(0), duration: row.int(1) });
    Ok((with_skills(&answers[0], &answers[1]).pop(), handled.unwrap_or_default()))
}

/// How many customers each agent got on the day that began at a moment; agents who got none are left out.
pub async fn answered_on(store: &Store, today: Micros) -> Result<HashMap<UserId, i64>, Error> {
    let rows = store.rows(ANSWERED, values![today]).await?;
    Ok(rows.iter().map(|row| (UserId(row.int(0)), row.int(1))).collect())
}

/// What the first-run checklist needs to know about agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstSteps {
    /// Whether an agent was ever online.
    pub was_online: bool,
    /// Whether an agent ever held a conversation.
    pub has_answered: bool,
}

/// What agents have done so far, for the first-run checklist.
pub async fn first_steps(store: &Store) -> Result<FirstSteps, Error> {
    let answers = store.ask(vec![(ANY_ONLINE, values![]), (conversation::ANSWERED, values![])]).await?;
    let some = |index: usize| answers[index].first().is_some_and(|row| row.int(0) > 0);
    Ok(FirstSteps { was_online: some(0), has_answered: some(1) })
}

/// A status and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// The new status.
    pub status: Status,
    /// The name of the pause cause.
    pub cause: Option<String>,
    /// When its daily limit is used up.
    pub limit_at: Option<Micros>,
    /// Why it is set.
    pub reason: Reason,
    /// The supervisor or administrator who sets it.
    pub by: Option<UserId>,
    /// Whether losing their event streams counts from now on; None leaves that unchanged.
    pub streamed: Option<bool>,
}

impl StatusChange {
    /// Offline for a reason.
    pub fn offline(reason: Reason, by: Option<UserId>) -> Self {
        Self { status: Status::Offline, cause: None, limit_at: None, reason, by, streamed: None }
    }
}

/// A user who left for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The user.
    pub user: UserId,
    /// What they are called.
    pub name: String,
    /// Whether they may still sign in: then they are only no longer an agent.
    pub active: bool,
}

/// Users who left for good and may still hold conversations: a crash came between the two.
pub async fn left(store: &Store) -> Result<Vec<Left>, Error> {
    let rows = store.rows(LEFT, values![]).await?;
    let left = |row: &Row| Left { user: UserId(row.int(0)), name: row.text(1), active: row.flag(2) };
    Ok(rows.iter().map(left).collect())
}

/// Makes a user an agent, and adds the event; an existing agent keeps their data.
pub fn add(batch: &mut Batch, user: UserId, at: Micros) {
    batch.push(INSERT, values![user, at]);
    announce(batch, user, at);
}

/// Sets the status and adds the event. A conflict if the user was never an agent.
pub fn set_status(batch: &mut Batch, user: UserId, change: &StatusChange, at: Micros) {
    let cause = change.cause.as_deref();
    let (status, reason) = (change.status.word(), change.reason.word());
    end_pause(batch, user, at);
    let limit_at = change.limit_at;
    batch.must(SET_STATUS, values![user, status, cause, at, reason, change.streamed, change.by, limit_at]);
    announce_status(batch, user, at);
}

/// A break that they may be on ends.
fn end_pause(batch: &mut Batch, user: UserId, at: Micros) {
    batch.push(PAUSE_ENDED, values![user, at]);
    batch.push(FORGET_PAUSES, values![user, at.plus(-2 * DAY)]);
}

/// The breaks of an agent with a cause that have ended, as far as they lasted beyond a moment: from when to when.
pub async fn pauses(
    store: &Store,
    user: UserId,
    cause: &str,
    since: Micros,
) -> Result<Vec<(Micros, Micros)>, Error> {
    let rows = store.rows(PAUSES, values![user, cause, since]).await?;
    Ok(rows.iter().map(|row| (Micros(row.int(0)), Micros(row.int(1)))).collect())
}

/// They are no longer an agent, or may no longer sign in. [`left`] returns them until [`give_up`].
pub fn leave(batch: &mut Batch, user: UserId, by: Option<UserId>, at: Micros) {
    set_status(batch, user, &StatusChange::offline(Reason::Supervisor, by), at);
    batch.push(GONE, values![user, at]);
}

/// An event stream opened while they were at work: from now on, losing it counts.
pub fn count_streams(batch: &mut Batch, user: UserId, at: Micros) {
    batch.push(STREAMED, values![user]);
    announce_status(batch, user, at);
}

/// Their browser lost the connection: offline, but they may come back.
pub fn lose(batch: &mut Batch, user: UserId, at: Micros) {
    end_pause(batch, user, at);
    batch.push(LOST, values![user, at]);
    announce_status(batch, user, at);
}

/// Their browser, lost at that moment, is back in time: online again.
pub fn come_back(batch: &mut Batch, user: UserId, lost_at: Micros, at: Micros) {
    batch.push(BACK, values![user, at, lost_at]);
    announce_status(batch, user, at);
}

/// They are offline and their browser is gone: unless it comes back, their conversations go to others.
pub fn go(batch: &mut Batch, user: UserId, at: Micros) {
    batch.push(GONE, values![user, at]);
}

/// The time to come back has passed, or the browser of an agent who is offline came back.
pub fn give_up(batch: &mut Batch, user: UserId, at: Micros) {
    batch.push(GIVEN_UP, values![user]);
    announce_status(batch, user, at);
}

/// What administrators set of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentEdit {
    /// How many conversations they can hold at once.
    pub capacity: i64,
    /// The limit per channel.
    pub capacity_by_channel: BTreeMap<Channel, i64>,
    /// Their team and skills.
    pub qualifications: Qualifications,
}

/// Changes an agent, and adds the event; a conflict unless `version` is the current one.
pub fn update(batch: &mut Batch, user: UserId, edit: &AgentEdit, version: Option<i64>, at: Micros) {
    let Qualifications { team, skills } = &edit.qualifications;
    let by_channel = json(&edit.capacity_by_channel);
    batch.must(UPDATE, values![user, edit.capacity, by_channel, *team, version.unwrap_or(0)]);
    batch.push(CLEAR_SKILLS, values![user]);
    for AgentSkill { skill, level } in skills {
        batch.push(ADD_SKILL, values![user, *skill, *level]);
    }
    announce(batch, user, at);
}

/// Adds an event for colleagues' screens, and wakes routing.
pub fn announce(batch: &mut Batch, user: UserId, at: Micros) {
    event::add(batch, &Event::Agent(user), at);
    batch.notify(Signal::Routing);
}

/// The same, and an event for the agent's own screens.
pub fn announce_status(batch: &mut Batch, user: UserId, at: Micros) {
    announce(batch, user, at);
    event::add(batch, &Event::AgentStatus(user), at);
}

/// Applies a turn's change to an agent.
pub(crate) fn apply(batch: &mut Batch, effect: AgentEffect, at: Micros) {
    let user = match effect {
        // Routing itself causes this, and no screen shows it.
        AgentEffect::Offered(user) => {
            batch.push(OFFERED, values![user, at]);
            return;
        }
        AgentEffect::Accepted { agent, today } => {
            batch.push(ACCEPTED, values![agent, at, today]);
            agent
        }
        AgentEffect::Missed { agent, limit } => {
            let rule = BreakOut::after(limit);
            batch.push(MISSED, values![agent, at]);
            let (from, to, reason) = (rule.from.word(), rule.to.word(), rule.reason.word());
            batch.push(BREAK_OUT, values![agent, at, rule.limit, from, to, reason]);
            announce_status(batch, agent, at);
            return;
        }
        AgentEffect::Freed(user) => {
            batch.push(FREED, values![user, at]);
            user
        }
    };
    announce(batch, user, at);
}
