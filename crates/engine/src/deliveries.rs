//! Deliveries from Meta that an operator retries.

use channels::meta::webhook;
use domain::inbound::Inbound;
use domain::thread_key::ThreadKey;

/// The threads of its events, or why it is of no use to apply them again.
pub fn worth_retrying(state: &str, enabled: Option<bool>, body: &[u8]) -> Result<Vec<ThreadKey>, String> {
    match (state, enabled) {
        ("pending", _) => return Err("It is being applied at the moment: wait for its outcome.".into()),
        ("done", _) => return Err("Everything in it was applied: there is nothing to try again.".into()),
        (_, None) => return Err("Its gateway was deleted: it cannot be applied any more.".into()),
        (_, Some(false)) => return Err("Its gateway is switched off: switch it on, then try again.".into()),
        (_, Some(true)) => {}
    }
    let events = webhook::decode(body).map_err(|error| {
        format!("It still cannot be read ({error}): trying again changes nothing. Dismiss it.")
    })?;
    if events.is_empty() {
        return Err("It holds no events: there is nothing to try again.".into());
    }
    Ok(events.iter().map(Inbound::thread).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_come_out_differently_is_tried_again() {
        let body =
            br#"{"object":"page","entry":[{"id":"200","messaging":[{"sender":{"id":"7"},"recipient":{"id":"200"},
            "timestamp":1790000000001,"message":{"mid":"m","text":"hi"}}]}]}"#;
        assert_eq!(worth_retrying("failed", Some(true), body), Ok(vec![ThreadKey::new("200", "7")]));
        assert!(worth_retrying("dismissed", Some(true), body).is_ok());
        let why = |state, enabled, body: &[u8]| worth_retrying(state, enabled, body).unwrap_err();
        assert!(why("pending", Some(true), body).contains("at the moment"));
        assert!(why("done", Some(true), body).contains("Everything"));
        assert!(why("failed", None, body).contains("deleted"));
        assert!(why("ignored", Some(false), body).contains("switched off"));
        assert!(why("failed", Some(true), b"{").contains("still cannot be read"));
        assert!(why("failed", Some(true), b"{}").contains("no events"));
    }
}
