//! Chaos mode: everything that can go wrong between an app and Meta goes wrong now and then, the same way for the
//! same seed. Off until `POST /control/chaos` switches it on.
//!
//! Whether something happens to the n-th event or call of a conversation is a function of the seed, the fault's name,
//! the conversation and n alone, so it does not depend on which conversation came first. Every fault is an ordinary
//! [`Fault`], and each one is logged with the deliveries as `chaos`.

use super::{Channel, Fault, Kind, When, World};
use crate::crypto::stable_hash;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// What chaos does, as `POST /control/chaos` takes it: probabilities from 0 to 1, all 0 unless given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plan {
    /// The same seed and the same acts of the same customers meet the same faults.
    pub seed: u64,
    /// Each webhook and each answer of the Send API waits between these two, in milliseconds.
    pub delay_ms: [u64; 2],
    /// A webhook comes up to three more times, the last perhaps seconds later (§2.3).
    pub duplicate: f64,
    /// A webhook changes places with the next one of its conversation (§2.3).
    pub reorder: f64,
    /// A webhook is never delivered.
    pub lose_webhook: f64,
    /// The Send API takes the message, and its answer is cut off, an HTML page, or code 1/1357046 (§3.1, §6.2).
    pub drop_answer: f64,
    /// A Graph call about a conversation meets an HTML 500, 502 or 503 before anything was done (§6.1).
    pub http_5xx: f64,
    /// Code 2 with `is_transient` (§6.2); nothing was done.
    pub transient: f64,
    /// Code 4, 32, 613 or 80006 with the header that names the minutes to wait (§6.2, §7.1); nothing was done.
    pub rate_limit: f64,
    /// The Page's tokens die (190/460): a new login is needed (§6.2).
    pub token_death: f64,
}

impl Plan {
    /// Fails with the name of a number that is out of range.
    pub fn check(&self) -> Result<(), String> {
        let Value::Object(figures) = json!(self) else { return Ok(()) };
        for (name, figure) in figures {
            if name != "seed" && figure.as_f64().is_some_and(|chance| !(0.0..=1.0).contains(&chance)) {
                return Err(format!("{name} is a probability between 0 and 1, not {figure}."));
            }
        }
        let [least, most] = self.delay_ms;
        if least > most || most > 60_000 {
            return Err(format!("delay_ms is [least, most], at most 60000 milliseconds, not [{least}, {most}]."));
        }
        Ok(())
    }
}

/// The plan that is on, and what it has done so far.
#[derive(Debug, Default)]
pub struct Chaos {
    plan: Option<Plan>,
    draws: HashMap<(&'static str, String), u64>,
    committed: BTreeMap<&'static str, u64>,
}

impl Chaos {
    /// Restarts with this plan; `None` switches chaos off and keeps the counts.
    pub fn set(&mut self, plan: Option<Plan>) {
        if plan.is_some() {
            self.draws.clear();
            self.committed.clear();
        }
        self.plan = plan;
    }

    /// The response of `GET /control/chaos`.
    pub fn view(&self) -> Value {
        json!({"on": self.plan.is_some(), "plan": self.plan.clone().unwrap_or_default(), "committed": self.committed})
    }

    /// The next number of this kind for this conversation, evenly spread; `None` while chaos is off.
    fn draw(&mut self, what: &'static str, subject: &str) -> Option<u64> {
        let seed = self.plan.as_ref()?.seed;
        let nth = self.draws.entry((what, subject.to_owned())).or_default();
        *nth += 1;
        Some(stable_hash(&format!("{seed}/{what}/{subject}/{nth}")))
    }

    /// Whether it happens; further choices are made of the number in the answer.
    fn strikes(&mut self, what: &'static str, subject: &str, chance: impl Fn(&Plan) -> f64) -> Option<u64> {
        let chance = chance(self.plan.as_ref()?);
        let number = self.draw(what, subject)?;
        // 53 bits fill the fraction of an f64; the remaining bits are used for choices.
        #[expect(clippy::cast_precision_loss, reason = "11 bits were shifted out")]
        let place = (number >> 11) as f64 / (1_u64 << 53) as f64;
        if place >= chance {
            return None;
        }
        *self.committed.entry(what).or_default() += 1;
        Some(stable_hash(&format!("choice/{number}")))
    }

    fn delay(&mut self, what: &'static str, subject: &str) -> u64 {
        let Some([least, most]) = self.plan.as_ref().map(|plan| plan.delay_ms) else { return 0 };
        if most == 0 {
            return 0;
        }
        least + self.draw(what, subject).unwrap_or_default() % (most - least + 1)
    }
}

/// What chaos does to one Graph call.
#[derive(Debug, Default)]
pub struct CallFate {
    /// How long the answer waits, in milliseconds.
    pub delay_ms: u64,
    /// The error in place of the answer, before or after the work.
    pub fault: Option<Fault>,
}

impl World {
    /// Whether a webhook of this conversation meets this fault, and how.
    pub fn chaos_webhook(&mut self, kind: Kind, page_id: &str, customer_id: &str) -> Option<Fault> {
        let subject = format!("{page_id}/{customer_id}");
        let (what, fault) = match kind {
            Kind::WebhookDelay => {
                let delay_ms = self.chaos.delay("webhook_delay", &subject);
                return (delay_ms > 0).then(|| Fault { delay_ms, ..Fault::new(kind) });
            }
            Kind::WebhookDuplicate => {
                let choice = self.chaos.strikes("duplicate", &subject, |plan| plan.duplicate)?;
                let copies = Some(u32::try_from(choice % 3).unwrap_or_default() + 1);
                // Every other time the last copy is a straggler.
                let delay_ms = if choice & 8 == 0 { 0 } else { 200 + (choice >> 8) % 2_800 };
                ("duplicate", Fault { copies, delay_ms, ..Fault::new(kind) })
            }
            Kind::WebhookReorder => {
                self.chaos.strikes("reorder", &subject, |plan| plan.reorder)?;
                ("reorder", Fault::new(kind))
            }
            Kind::WebhookDrop => {
                self.chaos.strikes("lose_webhook", &subject, |plan| plan.lose_webhook)?;
                ("lose_webhook", Fault::new(kind))
            }
            _ => return None,
        };
        self.log_chaos(what, &subject);
        Some(fault)
    }

    /// What happens to a Graph call about a conversation: sends, and reading a customer's profile. The login is not
    /// affected: a requested fault can break it.
    pub fn chaos_call(&mut self, sends: bool, conversation: Option<(String, String)>) -> CallFate {
        let Some((page_id, customer_id)) = conversation else { return CallFate::default() };
        let subject = format!("{page_id}/{customer_id}");
        let mut fate = CallFate::default();
        if sends {
            fate.delay_ms = self.chaos.delay("answer_delay", &subject);
        }
        let (what, fault) = match self.chaos_error(sends, &page_id, &subject) {
            Some(found) => found,
            None => return fate,
        };
        self.log_chaos(what, &subject);
        fate.fault = Some(fault);
        fate
    }

    fn chaos_error(&mut self, sends: bool, page_id: &str, subject: &str) -> Option<(&'static str, Fault)> {
        let error = Fault::new(Kind::GraphError);
        if let Some(choice) = self.chaos.strikes("http_5xx", subject, |plan| plan.http_5xx) {
            let status = [500, 502, 503][(choice % 3) as usize];
            return Some(("http_5xx", Fault { status: Some(status), body: Some(HTML.to_owned()), ..error }));
        }
        if self.chaos.strikes("transient", subject, |plan| plan.transient).is_some() {
            let message = Some("(#2) Service temporarily unavailable".to_owned());
            return Some(("transient", Fault { code: Some(2), is_transient: true, message, ..error }));
        }
        if !sends {
            return None;
        }
        if let Some(choice) = self.chaos.strikes("rate_limit", subject, |plan| plan.rate_limit) {
            let codes = match self.channel(page_id) {
                Some(Channel::WhatsApp) => [4, 80_007, 130_429, 131_056],
                Some(Channel::Instagram) => [4, 32, 613, 80_002],
                _ => [4, 32, 613, 80_006],
            };
            let code = codes[(choice % 4) as usize];
            let message = Some(format!("(#{code}) Application request limit reached"));
            return Some(("rate_limit", Fault { code: Some(code), regain_minutes: Some(1), message, ..error }));
        }
        if self.chaos.strikes("token_death", subject, |plan| plan.token_death).is_some() {
            self.kill_tokens_of(page_id, 460);
            let message = Some("Error validating access token: The session has been invalidated.".to_owned());
            let fault = Fault { status: Some(401), code: Some(190), subcode: Some(460), message, ..error };
            return Some(("token_death", fault));
        }
        let choice = self.chaos.strikes("drop_answer", subject, |plan| plan.drop_answer)?;
        let after = Fault { when: When::After, ..error };
        let fault = match choice % 3 {
            0 => Fault { cut: true, ..after },
            1 => Fault { status: Some(504), body: Some(HTML.to_owned()), ..after },
            _ => Fault { status: Some(500), code: Some(1), subcode: Some(1_357_046), ..after },
        };
        Some(("drop_answer", fault))
    }

    fn log_chaos(&mut self, what: &str, subject: &str) {
        let (page_id, customer_id) = subject.split_once('/').unwrap_or((subject, ""));
        self.log_delivery(json!({"kind": "chaos", "field": what, "page_id": page_id, "customer_id": customer_id}));
    }
}

/// The response of Graph's proxy when its backend is down.
const HTML: &str = "<!DOCTYPE html><html><body><h1>Sorry, something went wrong.</h1></body></html>";

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(seed: u64, subjects: &[&str]) -> Vec<(String, bool)> {
        let mut chaos = Chaos::default();
        chaos.set(Some(Plan { seed, duplicate: 0.3, ..Plan::default() }));
        let draw = |subject: &&str| {
            ((*subject).to_owned(), chaos.strikes("duplicate", subject, |plan| plan.duplicate).is_some())
        };
        let mut all: Vec<_> = subjects.iter().map(draw).collect();
        all.sort();
        all
    }

    #[test]
    fn the_same_seed_strikes_the_same_conversations_in_any_order() {
        let first: Vec<&str> = (0..200).map(|n| if n % 2 == 0 { "a" } else { "b" }).collect();
        let mut second = first.clone();
        second.sort_unstable();
        assert_eq!(struck(7, &first), struck(7, &second));
        assert_ne!(struck(7, &first), struck(8, &first));
        let hits = struck(7, &first).iter().filter(|(_, hit)| *hit).count();
        assert!((35..85).contains(&hits), "about 60 of 200: {hits}");
    }

    #[test]
    fn a_plan_that_makes_no_sense_is_refused_by_name() {
        let plan = Plan { reorder: 1.5, ..Plan::default() };
        assert!(plan.check().unwrap_err().contains("reorder"));
        assert!(Plan { delay_ms: [5, 1], ..Plan::default() }.check().unwrap_err().contains("delay_ms"));
        assert_eq!(Plan::default().check(), Ok(()));
    }

    #[test]
    fn nothing_happens_while_chaos_is_off() {
        let mut chaos = Chaos::default();
        assert!((0..100).all(|_| chaos.strikes("reorder", "a", |_| 1.0).is_none()));
    }
}
