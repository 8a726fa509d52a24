//! The App Review's own conversations: how one is started (meta-platform.md §9.3). Only people who know the code word
//! or the link can, so that no customer gets into a review, and no reviewer to a customer.

use crate::inbound::{InboundEvent, Referral};

/// What a conversation of the review is known by.
#[derive(Debug, Clone, Copy)]
pub struct Signs<'a> {
    /// The word that the instructions print.
    pub code_word: &'a str,
    /// The `ref` of the m.me links.
    pub ref_token: &'a str,
}

impl Signs<'_> {
    /// Whether what happened calls the review: by the link, which comes with the first tap on Get Started or into a thread
    /// that is there (meta-platform.md §2.6), or by the code word in what the person says.
    pub fn call(&self, what: &InboundEvent) -> bool {
        match what {
            InboundEvent::Referral(referral) => self.linked(referral),
            InboundEvent::Said(said) => {
                said.referral.as_ref().is_some_and(|referral| self.linked(referral))
                    || said.text.as_deref().is_some_and(|text| self.said(text))
            }
            _ => false,
        }
    }

    fn linked(&self, referral: &Referral) -> bool {
        !self.ref_token.is_empty() && referral.code.as_deref() == Some(self.ref_token)
    }

    /// Phones write the first letter large, and people put a full stop behind it.
    fn said(&self, text: &str) -> bool {
        !self.code_word.is_empty()
            && text.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(self.code_word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::{Form, Said};

    const SIGNS: Signs<'static> = Signs { code_word: "reviewtomalo", ref_token: "k3y" };

    fn said(text: &str) -> InboundEvent {
        InboundEvent::Said(Said { mid: "m_1".into(), text: Some(text.to_owned()), ..Said::default() })
    }

    fn by(code: Option<&str>) -> Referral {
        Referral { code: code.map(str::to_owned), key: "k".into(), ..Referral::default() }
    }

    #[test]
    fn the_code_word_counts_as_a_word_however_it_is_written() {
        for text in ["reviewtomalo", "ReviewTomalo", "Hi! Reviewtomalo.", "my word is:REVIEWTOMALO\nthanks"] {
            assert!(SIGNS.call(&said(text)), "{text}");
        }
        for text in
            ["", "review", "reviewtomalos", "xreviewtomalo", "review tomalo", "I want to review my order", "k3y"]
        {
            assert!(!SIGNS.call(&said(text)), "{text}");
        }
    }

    #[test]
    fn the_link_counts_whichever_way_it_comes() {
        assert!(SIGNS.call(&InboundEvent::Referral(by(Some("k3y")))));
        let started = Said { form: Form::Postback, referral: Some(by(Some("k3y"))), ..Said::default() };
        assert!(SIGNS.call(&InboundEvent::Said(started)));
        for other in [by(None), by(Some("")), by(Some("spring-sale")), by(Some("K3Y"))] {
            assert!(!SIGNS.call(&InboundEvent::Referral(other)));
        }
    }

    #[test]
    fn signs_that_were_wiped_call_nothing() {
        let wiped = Signs { code_word: "", ref_token: "" };
        assert!(!wiped.call(&said("")) && !wiped.call(&said("...")));
        assert!(!wiped.call(&InboundEvent::Referral(by(Some("")))));
    }
}
