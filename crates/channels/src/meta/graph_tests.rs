//! Requests as we send them, answers as Meta returns them.

use super::*;

fn has(call: &Call, name: &str, value: &str) -> bool {
    call.query.iter().any(|(n, v)| n == name && v == value)
}

#[test]
fn pages_are_read_part_by_part_and_next_is_not_followed() {
    let body = br#"{"data":[
        {"id":200,"name":"Shop","access_token":"EAAP","tasks":["MESSAGING","MODERATE"],"picture":{"data":{"url":"https://p/x"}}},
        {"id":"201","tasks":["PROFILE_PLUS_FULL_CONTROL"],"access_token":null},
        {"id":"202","tasks":["PROFILE_PLUS_MESSAGING","ANALYZE"]},
        {"id":"203","name":null}
      ],"paging":{"cursors":{"before":"QVA","after":"QVB"},"next":"https://graph.facebook.com/?access_token=EAAB"}}"#;
    let pages: Listed<Page> = read(200, body).unwrap();
    assert_eq!(pages.after.as_deref(), Some("QVB"));
    let rights: Vec<_> = pages.items.iter().map(|p| (p.id.as_str(), p.can_message(), p.can_moderate())).collect();
    assert_eq!(rights, [("200", true, true), ("201", true, true), ("202", true, false), ("203", false, false)]);
    assert_eq!(pages.items[0].picture_url.as_deref(), Some("https://p/x"));
    assert!(pages.items[1].access_token.is_none());
    assert!(!format!("{pages:?}").contains("EAAP"));
    let call = accounts(PageFields::WithInstagram, Some("QVB"));
    assert!(has(&call, "after", "QVB"));
    assert!(call.query.iter().any(|(_, value)| value.contains("connected_instagram_account")));
}

#[test]
fn the_last_part_has_no_cursor() {
    let last: Listed<Page> = read(200, br#"{"data":[],"paging":{"cursors":{"after":"QVB"}}}"#).unwrap();
    assert_eq!(last.after, None);
    let bare: Listed<Page> = read(200, b"{}").unwrap();
    assert!(bare.items.is_empty());
}

#[test]
fn tokens_are_read_and_never_shown() {
    let token: AccessToken = read(200, br#"{"access_token":"EAAB","expires_in":"5100"}"#).unwrap();
    assert_eq!((token.access_token.0.as_str(), token.expires_in), ("EAAB", Some(5100)));
    assert!(!format!("{token:?}").contains("EAAB"));
    let call = exchange_code("100", "sssh", "https://desk/chat/x", "AQ");
    assert!(!format!("{call:?}").contains("sssh"));
    assert!(has(&call, "client_secret", "sssh") && call.path == "oauth/access_token");
    assert!(has(&exchange_long_lived("100", "s", "EAAB"), "grant_type", "fb_exchange_token"));
}

#[test]
fn an_inspected_token_tells_which_pages_were_ticked() {
    let body = br#"{"data":{"app_id":100,"type":"USER","is_valid":true,"expires_at":0,"user_id":"300","scopes":["pages_messaging"],
        "granular_scopes":[{"scope":"pages_messaging","target_ids":["200",9007199254740993]},{"permission":"pages_show_list","target_ids":["200"]},
        {"scope":"business_management","target_ids":["1"]},{"scope":"pages_read_engagement"}]}}"#;
    let facts = read::<Debugged>(200, body).unwrap().data.unwrap();
    assert_eq!((facts.app_id.as_str(), facts.is_valid), ("100", true));
    assert_eq!(facts.pages_picked(), ["200", "9007199254740993"]);
    assert_eq!(facts.granular_scopes[3].target_ids, None);
}

#[test]
fn a_dead_token_is_inspected_with_status_200() {
    let body = br#"{"data":{"is_valid":false,"error":{"code":190,"subcode":460,"message":"x"}}}"#;
    let facts = read::<Debugged>(200, body).unwrap().data.unwrap();
    assert!(!facts.is_valid);
    assert_eq!(facts.error.map(|e| (e.code, e.subcode)), Some((190, 460)));
}

#[test]
fn fields_of_subscriptions_are_names_or_objects() {
    let body = br#"{"data":[{"object":"page","callback_url":"https://desk","active":"true","fields":[{"name":"messages","version":"v26.0"},"feed",7]}]}"#;
    let all: Listed<Subscription> = read(200, body).unwrap();
    assert!(all.items[0].active);
    assert_eq!(all.items[0].fields, ["messages", "feed", "7"]);
    let merged = merge_fields(&all.items[0].fields, &["messages", "standby"]);
    assert_eq!(merged, ["messages", "feed", "7", "standby"]);
    assert_eq!(missing_fields(&all.items[0].fields, &["messages", "standby"]), ["standby"]);
    let apps: Listed<SubscribedApp> =
        read(200, br#"{"data":[{"id":100,"subscribed_fields":["messages"]}]}"#).unwrap();
    assert_eq!(apps.items[0].subscribed_fields, ["messages"]);
}

#[test]
fn subscribing_goes_as_a_form() {
    let call = subscribe_page("200", &["messages", "standby"]);
    let expected = vec![("subscribed_fields".to_owned(), "messages,standby".to_owned())];
    assert!(matches!(call.body, Body::Form(fields) if fields == expected));
    let call = subscribe_app("100", "page", "https://desk/chat/x", "vt", &["messages".into()]);
    assert!(matches!(&call.body, Body::Form(fields) if fields.len() == 5));
    assert_eq!(unsubscribe_page("200").method, Method::Delete);
}

#[test]
fn done_in_either_spelling_and_errors_whatever_the_status() {
    assert!(read::<Done>(200, br#"{"success":true}"#).unwrap().success);
    assert!(read::<Done>(200, br#"{"success":"true"}"#).unwrap().success);
    let error = read::<Done>(200, br#"{"error":{"code":190}}"#).unwrap_err();
    assert_eq!((error.status, error.code), (200, 190));
    for body in ["", "[]", "null", "<html>"] {
        assert!(read::<Sent>(200, body.as_bytes()).is_err(), "{body}");
    }
    assert!(read::<Sent>(500, br#"{"message_id":"m"}"#).is_err());
    let sent: Sent = read(200, br#"{"recipient_id":300,"message_id":"m_new"}"#).unwrap();
    assert_eq!(sent.message_id.as_deref(), Some("m_new"));
}

#[test]
fn an_empty_profile_is_none() {
    assert!(read::<Profile>(200, b"{}").unwrap().is_empty());
    assert!(read::<Profile>(200, br#"{"id":"300"}"#).unwrap().is_empty());
    let profile: Profile = read(200, br#"{"first_name":"Ann","last_name":"Bee","name":null}"#).unwrap();
    assert_eq!(profile.display_name().as_deref(), Some("Ann Bee"));
}

#[test]
fn a_version_exists_if_meta_only_misses_the_token() {
    let exists = br#"{"error":{"message":"An active access token must be used to query information about the current user.","code":2500}}"#;
    let unknown = br#"{"error":{"message":"Unknown path components: /me","code":2500}}"#;
    assert_eq!(version_exists(400, exists), Ok(true));
    assert_eq!(version_exists(400, unknown), Ok(false));
    assert!(version_exists(502, b"<html>").is_err());
}

#[test]
fn a_failed_verification_names_the_status_that_meta_saw() {
    let body = br#"{"error":{"code":2200,"message":"Callback verification failed with the following errors: HTTP Status Code = 404; HTTP Message = Not Found"}}"#;
    assert_eq!(callback_status(body), Some(404));
    assert_eq!(callback_status(br#"{"error":{"message":"curl_errno = 28; HTTP Status Code = 0"}}"#), None);
}

#[test]
fn past_messages_come_with_names_and_files() {
    let body = br#"{"data":[{"id":"t_1","participants":{"data":[{"name":"Shop","id":200},{"name":"Ann","email":"300@facebook.com","id":"300"}]},
        "messages":{"data":[{"id":"m_1","created_time":"2026-11-22T10:00:00+0000","from":{"id":"300"},"message":"hi",
          "attachments":{"data":[{"mime_type":"image/png","name":"a","image_data":{"url":"https://i","render_as_sticker":false}},{"mime_type":"application/pdf","file_url":"https://f"}]}}]}}]}"#;
    let threads: Listed<Thread> = read(200, body).unwrap();
    let thread = &threads.items[0];
    assert_eq!(thread.customer(&["200"]).unwrap().name.as_deref(), Some("Ann"));
    let files: Vec<_> = thread.messages[0].files.iter().map(|f| (f.kind.word(), f.url.as_deref())).collect();
    assert_eq!(files, [("image", Some("https://i")), ("file", Some("https://f"))]);
}

#[test]
fn an_empty_profile_is_no_evidence_of_profile_access() {
    let call = profile("9");
    assert!(is_evidence(&call, 200, br#"{"name":"Ann","id":"9"}"#));
    assert!(!is_evidence(&call, 200, br#"{"id":"9"}"#));
    assert!(!is_evidence(&call, 200, br#"{"error":{"code":10}}"#));
    let call = subscribed_apps("200");
    assert!(is_evidence(&call, 200, br#"{"data":[]}"#));
    assert!(!is_evidence(&call, 200, br#"{"error":{"code":200}}"#));
    assert!(!is_evidence(&call, 403, br#"{"error":{"code":200}}"#));
}

#[test]
fn the_apps_settings_are_read_as_far_as_they_are_told() {
    let call = app_settings("100", &APP_FIELDS);
    assert_eq!(call.query[0].1, format!("id,{}", APP_FIELDS.join(",")));
    let body = br#"{"id":"100","category":"Business","privacy_policy_url":"","app_domains":["desk.example","b.example"]}"#;
    let settings: AppSettings = read(200, body).unwrap();
    assert_eq!(settings.get("category").as_deref(), Some("Business"));
    assert_eq!(settings.get("privacy_policy_url"), None);
    assert_eq!(settings.get("app_domains").as_deref(), Some("desk.example, b.example"));
    assert_eq!(settings.get("icon_url"), None);
}

#[test]
fn a_page_that_takes_no_messages_says_so_in_its_settings() {
    let settings = |value: &str| {
        let body = format!(
            r#"{{"data":[{{"setting":"AGE_RESTRICTION","value":["a"]}},{{"setting":"USERS_CAN_MESSAGE","value":{value}}}]}}"#
        );
        read::<Listed<PageSetting>>(200, body.as_bytes()).unwrap().items
    };
    assert!(refuses_messages(&settings("false")) && refuses_messages(&settings("\"false\"")));
    assert!(
        !refuses_messages(&settings("true")) && !refuses_messages(&settings("null")) && !refuses_messages(&[])
    );
}
