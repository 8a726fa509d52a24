//! The reports and their columns.

use serde::Serialize;

use super::counts::{Counts, Durations};
use crate::words::words;

/// A report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// How many conversations there were.
    Volume,
    /// How long customers waited for an agent and for an answer.
    Response,
    /// How long agents had them.
    Handling,
    /// How many answers came in time.
    Sla,
    /// How satisfied customers are.
    Csat,
    /// What each agent did.
    Agents,
    /// How many customers gave up, and after how long.
    Abandoned,
}

words!(Name {
    Volume = "volume",
    Response = "response",
    Handling = "handling",
    Sla = "sla",
    Csat = "csat",
    Agents = "agents",
    Abandoned = "abandoned",
});

/// A number of a report. A share is from 0 to 1; seconds of an average and shares are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// A count or a duration in seconds.
    Whole(i64),
    /// An average or a share.
    Part(f64),
    /// No value, because there is nothing to measure.
    None,
}

/// A column: what it is called and what it shows.
pub type Column = (&'static str, fn(&Counts) -> Figure);

fn whole(value: Option<i64>) -> Figure {
    value.map_or(Figure::None, Figure::Whole)
}

fn rounded(value: Option<f64>, places: f64) -> Figure {
    value.map_or(Figure::None, |value| Figure::Part((value * places).round() / places))
}

fn median(it: &Durations) -> Figure {
    whole(it.percentile(50))
}

fn p90(it: &Durations) -> Figure {
    whole(it.percentile(90))
}

fn average(it: &Durations) -> Figure {
    rounded(it.average(), 10.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts of any company fit")]
fn ratio(part: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

fn share(part: i64, of: i64) -> Figure {
    rounded(ratio(part, of), 10_000.0)
}

impl Name {
    /// What it shows, in this order.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Name::Volume => &[
                ("started", |it| Figure::Whole(it.started)),
                ("queued", |it| Figure::Whole(it.queued)),
                ("answered", |it| Figure::Whole(it.answered)),
                ("abandoned", |it| Figure::Whole(it.abandoned)),
                ("closed", |it| Figure::Whole(it.closed)),
            ],
            Name::Response => &[
                ("answered", |it| Figure::Whole(it.answered)),
                ("wait_median_seconds", |it| median(&it.wait)),
                ("wait_p90_seconds", |it| p90(&it.wait)),
                ("wait_average_seconds", |it| average(&it.wait)),
                ("responded", |it| Figure::Whole(it.first_response.count())),
                ("first_response_median_seconds", |it| median(&it.first_response)),
                ("first_response_p90_seconds", |it| p90(&it.first_response)),
                ("first_response_average_seconds", |it| average(&it.first_response)),
            ],
            Name::Handling => &[
                ("closed", |it| Figure::Whole(it.closed)),
                ("handled", |it| Figure::Whole(it.handling.count())),
                ("handling_median_seconds", |it| median(&it.handling)),
                ("handling_p90_seconds", |it| p90(&it.handling)),
                ("handling_average_seconds", |it| average(&it.handling)),
                ("handling_total_seconds", |it| Figure::Whole(it.handling.total())),
            ],
            Name::Sla => &[
                ("met", |it| Figure::Whole(it.met)),
                ("missed", |it| Figure::Whole(it.missed)),
                ("service_level", |it| share(it.met, it.met + it.missed)),
                ("first_response_p90_seconds", |it| p90(&it.first_response)),
            ],
            Name::Csat => &[
                ("asked", |it| Figure::Whole(it.asked)),
                ("answered", |it| Figure::Whole(it.scores.count())),
                ("score_average", |it| rounded(ratio(it.scores.total(), it.scores.count()), 100.0)),
                ("satisfied", |it| share(it.scores.0[3] + it.scores.0[4], it.scores.count())),
                ("score_1", |it| Figure::Whole(it.scores.0[0])),
                ("score_2", |it| Figure::Whole(it.scores.0[1])),
                ("score_3", |it| Figure::Whole(it.scores.0[2])),
                ("score_4", |it| Figure::Whole(it.scores.0[3])),
                ("score_5", |it| Figure::Whole(it.scores.0[4])),
            ],
            Name::Agents => &[
                ("answered", |it| Figure::Whole(it.answered)),
                ("closed", |it| Figure::Whole(it.closed)),
                ("first_response_median_seconds", |it| median(&it.first_response)),
                ("handling_median_seconds", |it| median(&it.handling)),
                ("handling_average_seconds", |it| average(&it.handling)),
                ("handling_total_seconds", |it| Figure::Whole(it.handling.total())),
                ("service_level", |it| share(it.met, it.met + it.missed)),
                ("score_average", |it| rounded(ratio(it.scores.total(), it.scores.count()), 100.0)),
            ],
            Name::Abandoned => &[
                ("queued", |it| Figure::Whole(it.queued)),
                ("abandoned", |it| Figure::Whole(it.abandoned)),
                ("abandoned_share", |it| share(it.abandoned, it.queued)),
                ("abandoned_wait_median_seconds", |it| median(&it.abandoned_wait)),
                ("abandoned_wait_p90_seconds", |it| p90(&it.abandoned_wait)),
                ("abandoned_wait_average_seconds", |it| average(&it.abandoned_wait)),
            ],
        }
    }
}
