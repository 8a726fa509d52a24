//! Every code in meta-platform.md §6.2 to §6.4 has its entry; errors of every form are parsed.

use super::*;

/// (code, subcode, class), in the order of the reference's tables.
const NAMED: &[(i64, i64, Class)] = &[
    // §6.2
    (1, 0, Class::Retry),
    (1, 99, Class::Retry),
    (1, 1357046, Class::Uncertain),
    (2, 0, Class::Retry),
    (2, 1545133, Class::Retry),
    (2, 2018344, Class::Configuration),
    (3, 0, Class::Configuration),
    (4, 0, Class::Throttled),
    (5, 0, Class::Configuration),
    (10, 0, Class::Permission),
    (11, 0, Class::Rejected),
    (17, 0, Class::Throttled),
    (21, 0, Class::Configuration),
    (32, 0, Class::Throttled),
    (100, 0, Class::Rejected),
    (100, 33, Class::Rejected),
    (102, 0, Class::TokenDead),
    (104, 0, Class::Configuration),
    (105, 0, Class::Rejected),
    (194, 0, Class::Rejected),
    (190, 0, Class::TokenDead),
    (190, 458, Class::TokenDead),
    (190, 459, Class::TokenDead),
    (190, 460, Class::TokenDead),
    (190, 463, Class::TokenDead),
    (190, 464, Class::TokenDead),
    (190, 467, Class::TokenDead),
    (190, 492, Class::TokenDead),
    (200, 0, Class::Permission),
    (230, 0, Class::Permission),
    (299, 0, Class::Permission),
    (275, 0, Class::Rejected),
    (341, 0, Class::Throttled),
    (368, 0, Class::Restricted),
    (450, 0, Class::TokenDead),
    (452, 0, Class::TokenDead),
    (506, 0, Class::Rejected),
    (551, 0, Class::RecipientUnreachable),
    (613, 0, Class::Throttled),
    (803, 0, Class::Rejected),
    (1200, 0, Class::Retry),
    (2200, 0, Class::Configuration),
    (2500, 0, Class::Rejected),
    (2601, 0, Class::Rejected),
    (2650, 0, Class::Rejected),
    (80000, 0, Class::Throttled),
    (80001, 0, Class::Throttled),
    (80002, 0, Class::Throttled),
    (80006, 0, Class::Throttled),
    (80007, 0, Class::Throttled),
    (80008, 0, Class::Throttled),
    (80014, 0, Class::Throttled),
    (9000001, 0, Class::Rejected),
    // §6.3
    (10, 2018278, Class::WindowClosed),
    (10, 2018065, Class::WindowClosed),
    (10, 2534022, Class::WindowClosed),
    (10, 2018108, Class::RecipientUnreachable),
    (200, 2018108, Class::RecipientUnreachable),
    (551, 1545041, Class::RecipientUnreachable),
    (200, 1545041, Class::RecipientUnreachable),
    (10, 1893063, Class::Restricted),
    (10, 1404170, Class::Rejected),
    (10, 1893015, Class::Rejected),
    (9, 2018352, Class::Rejected),
    (4, 2018354, Class::Rejected),
    (613, 1893016, Class::Rejected),
    (4, 2018022, Class::Throttled),
    (10, 2018336, Class::Rejected),
    (10, 2534077, Class::Configuration),
    (100, 2018001, Class::RecipientUnreachable),
    (100, 2018005, Class::Rejected),
    (100, 2018008, Class::MediaRejected),
    (100, 2018014, Class::Rejected),
    (-1, 2018012, Class::Retry),
    (100, 2018015, Class::Rejected),
    (100, 2018034, Class::Rejected),
    (100, 2018040, Class::Rejected),
    (100, 2018041, Class::Rejected),
    (100, 2018053, Class::Rejected),
    (100, 2018047, Class::MediaRejected),
    (100, 2018074, Class::MediaRejected),
    (100, 2018109, Class::MediaRejected),
    (100, 2018164, Class::Configuration),
    (100, 2018294, Class::MediaRejected),
    (100, 2534013, Class::Configuration),
    (100, 2534014, Class::RecipientUnreachable),
    (100, 2534015, Class::Rejected),
    (100, 2534025, Class::Rejected),
    (100, 2534029, Class::Restricted),
    (100, 2534037, Class::NotOwner),
    (100, 2018300, Class::NotOwner),
    (2018300, 0, Class::NotOwner),
    (200, 2018321, Class::NotOwner),
    (10, 2018171, Class::NotOwner),
    (10, 2018234, Class::NotOwner),
    (200, 2018028, Class::Permission),
    (200, 2018027, Class::Permission),
    (200, 2018021, Class::Permission),
    (200, 2534041, Class::Configuration),
    (100, 2018218, Class::RecipientUnreachable),
    (100, 2018247, Class::Permission),
    (546, 0, Class::MediaRejected),
    (613, 2534040, Class::Throttled),
    (613, 2018338, Class::Throttled),
    (2022, 0, Class::Restricted),
    (10303, 0, Class::Rejected),
    (36103, 0, Class::Configuration),
    (2018389, 0, Class::Rejected),
    (2018396, 0, Class::Rejected),
    (2534001, 0, Class::Rejected),
    (100, 2534122, Class::Rejected),
    // §6.4
    (131005, 0, Class::Permission),
    (130429, 0, Class::Throttled),
    (131056, 0, Class::ThrottledCustomer),
    (131048, 0, Class::Restricted),
    (131064, 0, Class::Rejected),
    (133016, 0, Class::Configuration),
    (131031, 0, Class::Restricted),
    (130497, 0, Class::Rejected),
    (130403, 0, Class::RecipientUnreachable),
    (131000, 0, Class::Retry),
    (131016, 0, Class::Retry),
    (131057, 0, Class::Retry),
    (131008, 0, Class::Rejected),
    (131009, 0, Class::Rejected),
    (135000, 0, Class::Rejected),
    (33, 0, Class::Restricted),
    (131021, 0, Class::Rejected),
    (131026, 0, Class::RecipientUnreachable),
    (131030, 0, Class::Configuration),
    (131037, 0, Class::Configuration),
    (131042, 0, Class::Billing),
    (131044, 0, Class::Billing),
    (131045, 0, Class::Configuration),
    (133010, 0, Class::Configuration),
    (136024, 0, Class::Rejected),
    (131047, 0, Class::WindowClosed),
    (131049, 0, Class::Rejected),
    (131050, 0, Class::Rejected),
    (130472, 0, Class::Rejected),
    (131051, 0, Class::Rejected),
    (131052, 0, Class::MediaRejected),
    (131053, 0, Class::MediaRejected),
    (131062, 0, Class::RecipientUnreachable),
    (131061, 0, Class::Configuration),
    (131063, 0, Class::Configuration),
    (131055, 0, Class::Configuration),
    (132000, 0, Class::Rejected),
    (132001, 0, Class::Configuration),
    (132005, 0, Class::Rejected),
    (132007, 0, Class::Rejected),
    (132008, 0, Class::Rejected),
    (132012, 0, Class::Rejected),
    (132018, 0, Class::Rejected),
    (132015, 0, Class::Configuration),
    (132016, 0, Class::Configuration),
    (132068, 0, Class::Configuration),
    (132069, 0, Class::Configuration),
    (133000, 0, Class::Configuration),
    (133005, 0, Class::Configuration),
    (133006, 0, Class::Configuration),
    (133008, 0, Class::Configuration),
    (133009, 0, Class::Configuration),
    (133015, 0, Class::Configuration),
    (133004, 0, Class::Retry),
    (137000, 0, Class::RecipientUnreachable),
    (138000, 0, Class::Rejected),
];

#[test]
fn every_code_of_the_reference_has_its_line_and_class() {
    for (code, subcode, class) in NAMED {
        let entry = find(*code, *subcode).unwrap_or_else(|| panic!("no line for {code}/{subcode}"));
        assert_eq!(entry.class, *class, "{code}/{subcode}");
        if *subcode != 0 {
            assert_eq!(entry.subcode, Some(*subcode), "{code}/{subcode} has only its code's line");
        }
    }
}

/// The reference that lists every code: codes added there must be added here.
const REFERENCE: &str = include_str!("../../../../docs/meta-platform.md");

fn section(from: &str, to: &str) -> &'static str {
    let start = REFERENCE.find(from).unwrap_or_else(|| panic!("no section {from}"));
    &REFERENCE[start..start + REFERENCE[start..].find(to).unwrap_or_else(|| panic!("no section {to}"))]
}

/// The digits that a text begins with, and what follows them.
fn number(text: &str) -> Option<(i64, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

/// The (code, subcode) pairs of a table's first cell: `10/2018108`, `1, 1/99`, `200-299`, `100 + dead tag`.
fn pairs(cell: &str) -> Vec<(i64, i64)> {
    let mut pairs = Vec::new();
    for part in cell.split(',').filter_map(|part| number(part.trim())) {
        match part {
            (code, rest) if rest.starts_with('/') => {
                pairs.push((code, number(&rest[1..]).expect("a subcode follows the slash").0));
            }
            (first, rest) if rest.starts_with('-') => {
                pairs.push((first, 0));
                pairs.push((number(&rest[1..]).expect("a range has an end").0, 0));
            }
            (thousands, rest) if rest.starts_with("xxx") => pairs.push((thousands * 1000, 0)),
            (code, _) => pairs.push((code, 0)),
        }
    }
    pairs
}

#[test]
fn every_code_and_subcode_of_the_references_tables_has_a_line_of_its_own() {
    let mut seen = 0;
    for row in section("### 6.2", "### 6.5").lines().filter_map(|line| line.strip_prefix("| ")) {
        for (code, subcode) in pairs(row.split('|').next().unwrap_or_default()) {
            // No code at all, except with status 401: see the test of WhatsApp's dead tokens.
            if code == 0 {
                continue;
            }
            let entry =
                find(code, subcode).unwrap_or_else(|| panic!("no line for {code}/{subcode} of the reference"));
            if subcode != 0 {
                assert_eq!(entry.subcode, Some(subcode), "{code}/{subcode} has only its code's line");
            }
            seen += 1;
        }
    }
    assert!(seen > 130, "the tables were not found: {seen}");
}

#[test]
fn whatsapps_code_0_is_a_dead_token_if_the_status_says_so() {
    let body = br#"{"error":{"message":"AuthException","type":"OAuthException","code":0}}"#;
    assert_eq!(GraphError::from_body(401, body).class(), Class::TokenDead);
    assert_eq!(GraphError::from_body(400, body).class(), Class::Rejected);
}

#[test]
fn every_messenger_code_that_stands_elsewhere_in_the_reference_is_known() {
    let whatsapp = section("### 6.4", "### 6.5");
    let mut seen = 0;
    for line in REFERENCE.lines().filter(|line| !whatsapp.contains(line)) {
        let words: Vec<&str> = line.split(|c: char| !c.is_ascii_digit()).collect();
        for word in words {
            let ours = (word.len() == 7 && (word.starts_with("2018") || word.starts_with("2534")))
                || (word.len() == 5 && word.starts_with("36"))
                || ["2200", "9000001", "1893063", "1545041", "1357046", "1404170"].contains(&word);
            let Ok(number) = word.parse::<i64>() else { continue };
            if ours {
                let known = find(number, 0).or(find(-1, number)).or(find(100, number)).is_some();
                assert!(known, "{number} of the reference has no line: {line}");
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "the codes were not found: {seen}");
}

#[test]
fn no_code_of_messengers_own_is_called_a_fault_of_deskbell_because_it_is_unknown() {
    let unexplained = explain(100, 2_018_999);
    assert_eq!((unexplained.class, unexplained.mender), (Class::Rejected, Mender::Author));
    assert!(unexplained.reason.contains("recipient or the content"), "{}", unexplained.reason);
    // A bad parameter without a subcode is our mistake.
    assert_eq!(explain(100, 0).mender, Mender::Administrator);
}

#[test]
fn every_error_says_who_can_mend_it_and_dead_tokens_have_their_button() {
    let of = |code, subcode| explain(code, subcode);
    assert_eq!(of(10, 2018278).mender, Mender::Customer);
    assert_eq!(of(190, 459).mender, Mender::PageAdmin);
    assert_eq!(of(190, 460).button(), Some("reconnect"));
    assert_eq!(of(368, 0).button(), Some("retry_sends"));
    assert_eq!(of(2200, 0).button(), Some("open_setup"));
    assert_eq!(of(4, 0).mender, Mender::Nobody);
    assert_eq!(of(1_000_000_007, 5).mender, Mender::Administrator);
    let unknown = GraphError { fbtrace_id: Some("AbC".into()), ..error(400, 99_999, 7, false) };
    let failure = Failure::from(&unknown);
    assert_eq!(failure.numbers(), (99_999, 7));
    assert!(words(&failure).action.contains("AbC"), "{failure:?}");
    assert!(unknown.to_string().contains("code 99999, subcode 7"), "{unknown}");
}

#[test]
fn sentences_are_sentences() {
    for entry in messenger_codes::LINES.iter().chain(whatsapp_codes::LINES).chain(graph_codes::LINES) {
        for sentence in [entry.reason, entry.action] {
            assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{sentence}");
        }
    }
}

#[test]
fn a_stored_failure_says_what_the_error_said() {
    let errors = [
        error(400, 190, 463, false),
        error(400, 100, 0, true),
        error(429, 0, 0, false),
        error(0, 0, 0, false),
        error(502, 0, 0, false),
        error(302, 0, 0, false),
        error(400, 0, 0, false),
        error(400, 99_999, 7, false),
    ];
    let mut cases = std::collections::HashSet::new();
    for it in errors {
        let failure = Failure::from(&it);
        let Failure::Channel(ChannelError { case, .. }) = &failure else { panic!("{failure:?}") };
        assert!(cases.insert(*case), "{case:?} twice");
        let (explained, stored) = (it.explain(), serde_json::to_string(&failure).unwrap());
        assert!(!stored.contains(' '), "{stored}");
        let stored: Failure = serde_json::from_str(&stored).unwrap();
        let FailureText { reason, action } = words(&stored);
        assert_eq!((reason.as_str(), action.as_str()), (explained.reason, explained.action));
        for sentence in [reason, action] {
            assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{sentence}");
        }
    }
    assert_eq!(cases.len(), 8, "one of each case");
    assert_eq!(words(&Failure::PageRemoved {}), Failure::PageRemoved {}.english());
}

fn error(status: u16, code: i64, subcode: i64, is_transient: bool) -> GraphError {
    GraphError { status, code, subcode, is_transient, fbtrace_id: None }
}

#[test]
fn the_code_decides_before_the_flag_and_the_flag_before_the_status() {
    assert_eq!(error(400, 190, 463, true).class(), Class::TokenDead);
    assert_eq!(error(500, 1, 0, false).class(), Class::Retry);
    assert_eq!(error(500, 1, 1357046, true).class(), Class::Uncertain);
    assert_eq!(error(400, 100, 0, true).class(), Class::Retry);
    assert_eq!(error(400, 4, 0, true).class(), Class::Throttled);
    assert_eq!(error(400, 99_999, 0, true).class(), Class::Retry);
    assert_eq!(error(400, 99_999, 0, false).class(), Class::Rejected);
    assert_eq!(error(503, 99_999, 0, false).class(), Class::Uncertain);
    assert_eq!(error(500, 100, 0, false).class(), Class::Rejected);
    assert_eq!(error(400, 190, 99_999, false).class(), Class::TokenDead);
}

#[test]
fn without_a_code_the_status_decides() {
    assert_eq!(GraphError::from_body(502, b"<html>Bad gateway</html>").class(), Class::Uncertain);
    assert_eq!(GraphError::from_body(500, b"").class(), Class::Uncertain);
    assert_eq!(GraphError::from_body(429, b"").class(), Class::Throttled);
    assert_eq!(GraphError::from_body(404, b"not here").class(), Class::Rejected);
    assert_eq!(GraphError::from_body(302, b"").class(), Class::Configuration);
    assert_eq!(GraphError::from_body(200, b"<html>").class(), Class::Uncertain);
    assert_eq!(GraphError::no_answer().class(), Class::Uncertain);
}

#[test]
fn an_error_is_read_whatever_the_types_of_its_numbers() {
    let body = br#"{"error":{"message":"secret","type":"OAuthException","code":"10","error_subcode":2018278,"is_transient":"false","fbtrace_id":"AbC"}}"#;
    let read = GraphError::from_body(400, body);
    let expected = GraphError { fbtrace_id: Some("AbC".into()), ..error(400, 10, 2018278, false) };
    assert_eq!(read, expected);
    assert!(!format!("{read} {read:?}").contains("secret"));
    assert_eq!(Failure::from(&read).numbers(), (10, 2018278));
}

#[test]
fn a_campaign_stops_for_what_concerns_all_its_messages_and_for_nothing_else() {
    let stops = |code: i64| stops_campaign(&GraphError { status: 400, code, ..GraphError::default() }.into());
    for code in
        [190, 368, 131_005, 131_031, 131_037, 131_042, 131_048, 131_064, 132_000, 132_001, 132_015, 132_016]
    {
        assert!(stops(code), "{code}");
    }
    for code in [4, 80_007, 130_429, 131_026, 131_030, 131_047, 131_049, 131_050, 131_056, 132_005, 132_012] {
        assert!(!stops(code), "{code}");
    }
    assert!(!stops_campaign(&Failure::CustomerGone {}));
}
