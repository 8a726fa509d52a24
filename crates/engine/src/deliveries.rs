//! Deliveries from Meta that an operator retries.

use channels::Channels;
use domain::channel::Address;
use store::table::delivery::State;

/// The threads of its events, or why it is of no use to apply them again.
pub fn worth_retrying(
    channels: &Channels,
    state: State,
    enabled: Option<bool>,
    body: &[u8],
) -> Result<Vec<Address>, String> {
    match (state, enabled) {
        (State::Pending, _) => return Err("It is being applied at the moment: wait for its outcome.".into()),
        (State::Done, _) => return Err("Everything in it was applied: there is nothing to try again.".into()),
        (_, None) => return Err("Its gateway was deleted: it cannot be applied any more.".into()),
        (_, Some(false)) => return Err("Its gateway is switched off: switch it on, then try again.".into()),
        (_, Some(true)) => {}
    }
    let events = channels.decode(body).map_err(|error| {
        format!("It still cannot be read ({error}): trying again changes nothing. Dismiss it.")
    })?;
    if events.is_empty() {
        return Err("It holds no events: there is nothing to try again.".into());
    }
    Ok(events.into_iter().map(|event| event.address).collect())
}

#[cfg(test)]
mod tests {
    use domain::channel::Account;

    use super::*;

    #[test]
    fn only_what_can_come_out_differently_is_tried_again() {
        let body =
            br#"{"object":"page","entry":[{"id":"200","messaging":[{"sender":{"id":"7"},"recipient":{"id":"200"},
            "timestamp":1790000000001,"message":{"mid":"m","text":"hi"}}]}]}"#;
        assert_eq!(
            worth_retrying(&Channels::default(), State::Failed, Some(true), body),
            Ok(vec![Address::new(Account::page("200"), "7")])
        );
        assert!(worth_retrying(&Channels::default(), State::Dismissed, Some(true), body).is_ok());
        let why =
            |state, enabled, body: &[u8]| worth_retrying(&Channels::default(), state, enabled, body).unwrap_err();
        assert!(why(State::Pending, Some(true), body).contains("at the moment"));
        assert!(why(State::Done, Some(true), body).contains("Everything"));
        assert!(why(State::Failed, None, body).contains("deleted"));
        assert!(why(State::Ignored, Some(false), body).contains("switched off"));
        assert!(why(State::Failed, Some(true), b"{").contains("still cannot be read"));
        assert!(why(State::Failed, Some(true), b"{}").contains("no events"));
    }
}
