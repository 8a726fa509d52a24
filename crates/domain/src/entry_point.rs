//! Entry points: a link's `ref` or a code word that leads the customers who use it to a flow and a queue
//! (meta-platform.md §2.6).

use crate::id::{EntryPointId, FlowId, GatewayId, QueueId};
use crate::inbound::{InboundEvent, Referral};
use crate::same::same;
use crate::time::Micros;

/// A way into a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoint {
    /// Its id.
    pub id: EntryPointId,
    /// The gateway whose customers it applies to.
    pub gateway: GatewayId,
    /// The account whose customers it applies to; None for all accounts of the gateway.
    pub account: Option<String>,
    /// Its name, for people.
    pub name: String,
    /// The `ref` of its links.
    pub code: Option<String>,
    /// The word that customers write.
    pub code_word: Option<String>,
    /// The flow that greets them.
    pub flow: FlowId,
    /// The queue that their conversations belong to from the start.
    pub queue: Option<QueueId>,
    /// When it ends automatically.
    pub ends_at: Option<Micros>,
}

impl EntryPoint {
    /// Whether it is active at `at`.
    pub fn lives(&self, at: Micros) -> bool {
        self.ends_at.is_none_or(|end| end > at)
    }

    /// Whether it applies to customers of an account.
    pub fn is_of(&self, gateway: GatewayId, account: &str) -> bool {
        self.gateway == gateway && self.account.as_deref().is_none_or(|own| own == account)
    }

    /// Whether an event uses it: by its link, which comes with the first tap on Get Started or into an existing
    /// thread, or by its code word in the customer's message.
    pub fn is_used_by(&self, what: &InboundEvent) -> bool {
        match what {
            InboundEvent::Referral(referral) => self.is_linked(referral),
            InboundEvent::Said(message) => {
                message.referral.as_ref().is_some_and(|referral| self.is_linked(referral))
                    || message.text.as_deref().is_some_and(|text| self.is_said_in(text))
            }
            _ => false,
        }
    }

    fn is_linked(&self, referral: &Referral) -> bool {
        self.code.as_deref().is_some_and(|code| !code.is_empty() && referral.code.as_deref() == Some(code))
    }

    /// Phones capitalise the first letter, and people add a full stop.
    fn is_said_in(&self, text: &str) -> bool {
        let own = same(self.code_word.as_deref().unwrap_or_default());
        !own.is_empty() && same(text).split(|c: char| !c.is_alphanumeric()).any(|word| word == own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::{Form, Said};

    fn entry_point() -> EntryPoint {
        EntryPoint {
            id: EntryPointId(1),
            gateway: GatewayId(2),
            account: None,
            name: "Spring".into(),
            code: Some("k3y".into()),
            code_word: Some("springtomalo".into()),
            flow: FlowId(3),
            queue: Some(QueueId(4)),
            ends_at: None,
        }
    }

    fn message(text: &str) -> InboundEvent {
        InboundEvent::Said(Said { mid: "m_1".into(), text: Some(text.to_owned()), ..Said::default() })
    }

    fn by(code: Option<&str>) -> Referral {
        Referral { code: code.map(str::to_owned), key: "k".into(), ..Referral::default() }
    }

    #[test]
    fn the_code_word_counts_as_a_word_however_it_is_written() {
        let it = entry_point();
        for text in ["springtomalo", "SpringTomalo", "Hi! Springtomalo.", "my word is:SPRINGTOMALO\nthanks"] {
            assert!(it.is_used_by(&message(text)), "{text}");
        }
        for text in
            ["", "spring", "springtomalos", "xspringtomalo", "spring tomalo", "I want the spring offer", "k3y"]
        {
            assert!(!it.is_used_by(&message(text)), "{text}");
        }
    }

    #[test]
    fn the_code_word_counts_in_any_script() {
        for (own, text) in [("весна", "Слово: ВЕСНА!"), ("élan", "Elan?"), ("straße7", "STRASSE٧")]
        {
            let it = EntryPoint { code_word: Some(own.into()), ..entry_point() };
            assert!(it.is_used_by(&message(text)), "{own}: {text}");
        }
    }

    #[test]
    fn the_link_counts_whichever_way_it_comes() {
        let it = entry_point();
        assert!(it.is_used_by(&InboundEvent::Referral(by(Some("k3y")))));
        let started = Said { form: Form::Postback, referral: Some(by(Some("k3y"))), ..Said::default() };
        assert!(it.is_used_by(&InboundEvent::Said(started)));
        for other in [by(None), by(Some("")), by(Some("spring-sale")), by(Some("K3Y"))] {
            assert!(!it.is_used_by(&InboundEvent::Referral(other)));
        }
    }

    #[test]
    fn one_without_link_and_word_is_used_by_nothing() {
        for empty in [None, Some(String::new())] {
            let it = EntryPoint { code: empty.clone(), code_word: empty, ..entry_point() };
            assert!(!it.is_used_by(&message("")) && !it.is_used_by(&message("...")));
            assert!(!it.is_used_by(&InboundEvent::Referral(by(Some("")))));
        }
    }

    #[test]
    fn it_leads_its_own_customers_until_its_end() {
        let it = EntryPoint { account: Some("200".into()), ends_at: Some(Micros(10)), ..entry_point() };
        assert!(it.is_of(GatewayId(2), "200") && !it.is_of(GatewayId(2), "201") && !it.is_of(GatewayId(9), "200"));
        assert!(entry_point().is_of(GatewayId(2), "201"));
        assert!(it.lives(Micros(9)) && !it.lives(Micros(10)));
        assert!(entry_point().lives(Micros(i64::MAX)));
    }
}
