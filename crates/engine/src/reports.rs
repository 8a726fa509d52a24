//! Reports on conversations: read from the buckets that `rollup` keeps up to date.

pub mod rollup;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use domain::id::{ConversationId, QueueId, UserId};
use domain::report::{self, Counts, Dimension, Figure, Grouping, Name, Period, period_of, periods, widened};
use domain::time::{DAY, Micros, SECOND};
use jiff::tz::TimeZone;
use serde::Serialize;
use store::table::report::{self as table, Filter, Source};
use store::table::{label, user};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::csv_table::Writer;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::view::Named;
use crate::{opening_hours, time_zone};

/// The maximum number of rows of a report over time: a year of hours.
const MOST_PERIODS: usize = 9_000;
/// The longest range.
const LONGEST: i64 = 3_660 * DAY;
/// The default range of a report, up to now.
const USUAL: i64 = 7 * DAY;

/// The request for a report.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The name of the report.
    pub name: &'a str,
    /// The beginning, as given: a moment or a day.
    pub from: Option<&'a str>,
    /// The end, as given: a moment is excluded, a day is included.
    pub to: Option<&'a str>,
    /// The time zone of days and weeks; the installation's if None.
    pub time_zone: Option<&'a str>,
    /// What each row is for.
    pub by: Option<&'a str>,
}

/// One row: its figures are numbers, or null where there is nothing to measure.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReportRow)]
pub struct Line {
    /// What the row is for: an id, a channel, or the beginning of a period. Empty for conversations that have none.
    pub key: String,
    /// The same as a readable name.
    pub label: String,
    #[serde(flatten)]
    #[schema(value_type = BTreeMap<String, Option<f64>>)]
    pub figures: BTreeMap<&'static str, Figure>,
}

/// A report.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Report)]
pub struct Report {
    /// The name of the report.
    pub name: &'static str,
    /// What each row is for.
    pub by: &'static str,
    /// The beginning of its range, in whole quarters of an hour.
    pub from: String,
    /// The end of its range.
    pub to: String,
    /// The time zone of its periods.
    pub time_zone: String,
    /// The names of its figures, in order.
    pub columns: Vec<&'static str>,
    /// Its rows: periods in order, others by name.
    pub rows: Vec<Line>,
    /// The figures of all conversations together. With labels, of which a conversation may have several, it is not the sum.
    #[schema(value_type = BTreeMap<String, Option<f64>>)]
    pub total: BTreeMap<&'static str, Figure>,
    /// False while everything is counted again: figures are still missing.
    pub complete: bool,
}

impl Report {
    /// The report as a table for spreadsheets, with the total as its last line.
    pub fn csv(&self) -> Vec<u8> {
        let mut table = Writer::new(["key", "label"].into_iter().chain(self.columns.iter().copied()), false);
        let mut line = |key: &str, label: &str, figures: &BTreeMap<&'static str, Figure>| {
            let numbers = self.columns.iter().map(|column| match figures.get(column) {
                Some(Figure::Whole(number)) => number.to_string(),
                Some(Figure::Part(number)) => number.to_string(),
                Some(Figure::None) | None => String::new(),
            });
            let numbers: Vec<String> = numbers.collect();
            table.row([key, label].into_iter().chain(numbers.iter().map(String::as_str)));
        };
        for row in &self.rows {
            line(&row.key, &row.label, &row.figures);
        }
        line("total", "Total", &self.total);
        table.finish()
    }
}

/// One report.
pub async fn read(app: &Engine, asked: &Asked<'_>) -> Result<Report> {
    let name = Name::from_word(asked.name).ok_or(Error::NotFound("report"))?;
    let (zone, zone_name) = zone(app, asked.time_zone)?;
    let range = range(app, asked.from, asked.to, &zone)?;
    let by = match asked.by {
        Some(word) => Grouping::from_word(word).ok_or_else(|| Error::field("/by", unknown_grouping(word)))?,
        None if name == Name::Agents => Grouping::Agent,
        None => Grouping::Day,
    };
    let progress = table::progress(&app.store).await?;
    let (rows, total) = if by.is_time() {
        over_time(app, name, by, &range, &zone).await?
    } else {
        by_key(app, name, by, &range).await?
    };
    Ok(Report {
        name: name.word(),
        by: by.word(),
        from: rfc3339(range.start),
        to: rfc3339(range.end),
        time_zone: zone_name,
        columns: name.columns().iter().map(|(column, _)| *column).collect(),
        rows,
        total: figures(name, &total),
        complete: progress.is_some_and(|progress| progress.rebuilt.is_none()),
    })
}

fn unknown_grouping(word: &str) -> String {
    let known: Vec<_> = Grouping::ALL.iter().map(|by| by.word()).collect();
    format!("A report has no rows by \"{word}\". Possible are {}.", known.join(", "))
}

/// The time zone that was asked for, else the installation's.
fn zone(app: &Engine, name: Option<&str>) -> Result<(TimeZone, String)> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        let time_zone::Named { zone, name } = app.directory().time_zone.clone();
        return Ok((zone, name));
    };
    let zone = opening_hours::zone(name).ok_or_else(|| {
        let why = format!("\"{name}\" is not a time zone. Use a name such as Europe/Kyiv.");
        Error::field("/time_zone", why)
    })?;
    let known = zone.iana_name().unwrap_or(name).to_owned();
    Ok((zone, known))
}

/// The range of a report: as requested, or the last seven days.
fn range(app: &Engine, from: Option<&str>, to: Option<&str>, zone: &TimeZone) -> Result<Range<Micros>> {
    let now = app.clock.now();
    let to = boundary("/to", to, zone, true)?.unwrap_or(now);
    let from = boundary("/from", from, zone, false)?.unwrap_or_else(|| to.plus(-USUAL));
    if from >= to {
        return Err(Error::field("/to", "The end of the range must be after its beginning."));
    }
    if to.since(from) > LONGEST {
        return Err(Error::field("/from", "A report covers ten years at most: choose a shorter range."));
    }
    Ok(widened(from, to))
}

/// A moment, or a day of the time zone: its beginning, or its end.
fn boundary(pointer: &str, text: Option<&str>, zone: &TimeZone, end: bool) -> Result<Option<Micros>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Some(Micros(at.as_microsecond())));
    }
    let day = (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok()).flatten();
    let at = day.and_then(|day| {
        let day = if end { day.tomorrow().ok()? } else { day };
        day.to_zoned(zone.clone()).ok()
    });
    at.map(|at| Some(Micros(at.timestamp().as_microsecond()))).ok_or_else(|| {
        let why = format!(
            "\"{text}\" is neither a moment, such as 2026-11-22T16:00:00Z, nor a day, such as 2026-11-22."
        );
        Error::field(pointer, why)
    })
}

fn figures(name: Name, counts: &Counts) -> BTreeMap<&'static str, Figure> {
    name.columns().iter().map(|(column, value)| (*column, value(counts))).collect()
}

async fn over_time(
    app: &Engine,
    name: Name,
    by: Grouping,
    range: &Range<Micros>,
    zone: &TimeZone,
) -> Result<(Vec<Line>, Counts)> {
    let all: Vec<Period> = periods(by, range, zone, MOST_PERIODS);
    if all.len() > MOST_PERIODS {
        let why = format!("This range has more than {MOST_PERIODS} rows: choose a shorter one, or larger steps.");
        return Err(Error::field("/by", why));
    }
    let spans = report::spans_within(&all, range);
    let buckets = table::read(&app.store, Dimension::All, &spans).await?;
    let mut sums = vec![Counts::default(); all.len()];
    let mut total = Counts::default();
    for (at, _, counts) in buckets {
        total.merge(&counts, 1);
        if let Some(sum) = period_of(&all, at).and_then(|place| sums.get_mut(place)) {
            sum.merge(&counts, 1);
        }
    }
    let rows = all.into_iter().zip(sums).map(|(period, sum)| Line {
        label: period.key.replace('T', " "),
        key: period.key,
        figures: figures(name, &sum),
    });
    Ok((rows.collect(), total))
}

async fn by_key(app: &Engine, name: Name, by: Grouping, range: &Range<Micros>) -> Result<(Vec<Line>, Counts)> {
    let spans = report::spans(range);
    let mut total = Counts::default();
    for (_, _, counts) in table::read(&app.store, Dimension::All, &spans).await? {
        total.merge(&counts, 1);
    }
    let mut sums: HashMap<String, Counts> = HashMap::new();
    for (_, key, counts) in table::read(&app.store, by.dimension(), &spans).await? {
        sums.entry(key).or_default().merge(&counts, 1);
    }
    let names = Names::read(app, by).await?;
    let mut rows: Vec<Line> = sums
        .into_iter()
        .filter(|(_, sum)| !sum.is_zero())
        .filter(|(key, _)| !key.is_empty() || by != Grouping::Agent || name != Name::Agents)
        .map(|(key, sum)| Line { label: names.of(app, by, &key), figures: figures(name, &sum), key })
        .collect();
    rows.sort_by_cached_key(|row| (row.key.is_empty(), domain::same::same(&row.label), row.key.clone()));
    Ok((rows, total))
}

/// The names of rows.
struct Names(HashMap<String, String>);

impl Names {
    async fn read(app: &Engine, by: Grouping) -> Result<Self> {
        let directory = app.directory();
        Ok(Self(match by {
            Grouping::Queue => {
                directory.queues.iter().map(|queue| (queue.id.to_string(), queue.name.clone())).collect()
            }
            Grouping::Agent => {
                user::list(&app.store).await?.into_iter().map(|user| (user.id.to_string(), user.name)).collect()
            }
            Grouping::Label => {
                label::list(&app.store).await?.into_iter().map(|it| (it.id.to_string(), it.name)).collect()
            }
            _ => HashMap::new(),
        }))
    }

    /// The name of a key; its id if the object no longer exists.
    fn of(&self, app: &Engine, by: Grouping, key: &str) -> String {
        if key.is_empty() {
            return match by {
                Grouping::Queue => "No queue",
                Grouping::Agent => "No agent",
                Grouping::Label => "No label",
                // Each conversation has these.
                Grouping::Hour | Grouping::Day | Grouping::Week | Grouping::Account | Grouping::Channel => "",
            }
            .to_owned();
        }
        let found = self.0.get(key).cloned();
        found.or_else(|| account_name(app, by, key)).unwrap_or_else(|| match by {
            Grouping::Queue | Grouping::Agent | Grouping::Label => format!("Deleted ({key})"),
            _ => key.to_owned(),
        })
    }
}

fn account_name(app: &Engine, by: Grouping, key: &str) -> Option<String> {
    match by {
        Grouping::Channel => app.channels.all().find(|it| it.channel.name() == key).map(|it| it.name.to_owned()),
        Grouping::Account => {
            let (_, id) = key.split_once('/')?;
            let directory = app.directory();
            directory.gateways.keys().find_map(|gateway| directory.account(*gateway, id)).map(|it| it.name.clone())
        }
        _ => None,
    }
}

/// A single conversation in a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReportedConversation)]
pub struct SingleRow {
    /// The conversation.
    #[schema(value_type = String)]
    pub id: ConversationId,
    /// The channel that the customer used.
    pub channel: String,
    /// The account that they wrote to.
    pub account: Named,
    /// Its queue.
    pub queue: Option<Named>,
    /// The agent who has it or had it last.
    pub agent: Option<Named>,
    /// When it began.
    pub created_at: String,
    /// When the customer first joined a queue.
    pub queued_at: Option<String>,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// From the queue to the agent, in the last wait that ended.
    pub wait_seconds: Option<i64>,
    /// From the queue to the first answer.
    pub first_response_seconds: Option<i64>,
    /// From the agent's acceptance to the close.
    pub handling_seconds: Option<i64>,
    /// Whether the first answer came in time; null without a target.
    pub in_time: Option<bool>,
    /// Whether the customer gave up waiting.
    pub abandoned: bool,
    /// How satisfied the customer is: 1 to 5.
    pub csat_score: Option<u8>,
    /// The customer's comment.
    pub csat_comment: Option<String>,
}

impl SingleRow {
    /// The names of [`SingleRow::cells`].
    pub const COLUMNS: [&'static str; 15] = [
        "id",
        "channel",
        "account",
        "queue",
        "agent",
        "created_at",
        "queued_at",
        "closed_at",
        "wait_seconds",
        "first_response_seconds",
        "handling_seconds",
        "in_time",
        "abandoned",
        "csat_score",
        "csat_comment",
    ];

    /// A line for a spreadsheet.
    pub fn cells(&self) -> Vec<String> {
        let named = |it: &Option<Named>| it.as_ref().map(|it| it.name.clone()).unwrap_or_default();
        let number = |it: Option<i64>| it.map(|it| it.to_string()).unwrap_or_default();
        vec![
            self.id.to_string(),
            self.channel.clone(),
            self.account.name.clone(),
            named(&self.queue),
            named(&self.agent),
            self.created_at.clone(),
            self.queued_at.clone().unwrap_or_default(),
            self.closed_at.clone().unwrap_or_default(),
            number(self.wait_seconds),
            number(self.first_response_seconds),
            number(self.handling_seconds),
            self.in_time.map(|it| it.to_string()).unwrap_or_default(),
            self.abandoned.to_string(),
            self.csat_score.map(|it| it.to_string()).unwrap_or_default(),
            self.csat_comment.clone().unwrap_or_default(),
        ]
    }
}

/// The request for single conversations.
#[derive(Debug, Default)]
pub struct AskedRows<'a> {
    /// As for reports.
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
    pub time_zone: Option<&'a str>,
    /// The filters.
    pub filter: Filter,
}

/// Single conversations that began in a range, newest first, and the place after which the next page begins.
pub async fn rows(
    app: &Engine,
    asked: &AskedRows<'_>,
    behind: Option<(i64, i64)>,
    limit: i64,
) -> Result<(Vec<SingleRow>, Option<(i64, i64)>)> {
    let (zone, _) = zone(app, asked.time_zone)?;
    let range = range(app, asked.from, asked.to, &zone)?;
    let behind = behind.unwrap_or((i64::MAX, i64::MAX));
    let mut found = table::rows(&app.store, &range, &asked.filter, behind, limit + 1).await?;
    let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|it| (it.conversation.created_at.0, it.conversation.id.0));
    let users = user::list(&app.store).await?;
    let names: HashMap<UserId, String> = users.into_iter().map(|user| (user.id, user.name)).collect();
    Ok((found.iter().map(|it| single(app, &names, it)).collect(), next))
}

fn single(app: &Engine, names: &HashMap<UserId, String>, source: &Source) -> SingleRow {
    let Source { conversation: it, waits, .. } = source;
    let directory = app.directory();
    let seconds = |from: Micros, to: Micros| to.since(from) / SECOND;
    let queue = |id: QueueId| Named {
        id: id.to_string(),
        name: directory.queue(id).map(|queue| queue.name.clone()).unwrap_or_default(),
    };
    let agent = |id: UserId| Named { id: id.to_string(), name: names.get(&id).cloned().unwrap_or_default() };
    let closed_at = it.closed_at.filter(|_| !it.state.is_open());
    let with_target = waits.iter().find(|wait| wait.due_at.is_some() && wait.responded_at.is_some());
    SingleRow {
        id: it.id,
        channel: it.account.channel.name().to_owned(),
        account: Named {
            id: it.account.id.clone(),
            name: directory.account(it.gateway, &it.account.id).map(|it| it.name.clone()).unwrap_or_default(),
        },
        queue: it.queue.map(queue),
        agent: it.agent.or(it.last_agent).map(agent),
        created_at: rfc3339(it.created_at),
        queued_at: waits.first().map(|wait| wait.queued_at).or(it.queued_at).map(rfc3339),
        closed_at: closed_at.map(rfc3339),
        wait_seconds: waits.last().map(|wait| seconds(wait.queued_at, wait.ended_at)),
        first_response_seconds: waits.iter().find_map(|wait| Some(seconds(wait.queued_at, wait.responded_at?))),
        handling_seconds: it.data.accepted_at.zip(closed_at).map(|(from, to)| seconds(from, to)),
        in_time: with_target.map(|wait| wait.responded_at <= wait.due_at),
        abandoned: waits.last().is_some_and(|wait| wait.agent.is_none()),
        csat_score: it.data.csat.as_ref().and_then(|csat| csat.score),
        csat_comment: it.data.csat.as_ref().and_then(|csat| csat.comment.clone()),
    }
}
