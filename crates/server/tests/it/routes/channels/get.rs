//! `GET /channels`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_is_signed_in_reads_what_can_be_sent() {
    let it = TestApp::start().await;
    let ben = it.user("Ben Agent", Role::Agent).await;
    let channels = it.get(&ben, "/channels").await;
    let items = channels["items"].as_array().unwrap();
    let messenger = items.iter().find(|channel| channel["channel"] == "messenger").unwrap();
    assert_eq!(messenger["name"], "Messenger");
    for (field, value) in [("quick_replies", 13), ("buttons", 3), ("lists", 0)] {
        assert_eq!(messenger[field], value, "{field}");
    }
    assert_eq!(messenger["receipts"], "watermark");
    let of = |name: &str, field: &str| items.iter().find(|it| it["channel"] == name).unwrap()[field].clone();
    for (channel, templates, inbox) in
        [("messenger", false, true), ("instagram", false, true), ("whatsapp", true, false)]
    {
        assert_eq!(
            (of(channel, "message_templates"), of(channel, "inbox")),
            (templates.into(), inbox.into()),
            "{channel}"
        );
    }
    // What the forms of agents count against, whatever a channel builds its buttons with.
    for (channel, text, list) in
        [("messenger", 640.into(), serde_json::Value::Null), ("whatsapp", 1024.into(), 24.into())]
    {
        let parts = of(channel, "parts");
        assert_eq!((&parts["button_title"], &parts["button_text"]), (&20.into(), &text), "{channel}");
        assert_eq!(parts["list_title"], list, "{channel}");
    }
    let (status, _) = it.call("dbk_none", Method::GET, "/channels", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    it.stop().await;
}
