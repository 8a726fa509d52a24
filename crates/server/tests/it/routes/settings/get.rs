//! `GET /settings`

use domain::role::Role;
use reqwest::{Method, StatusCode};

use crate::app::TestApp;
use crate::routes::on_both_engines;

on_both_engines! {
    a_new_installation_has_rules_already
}

async fn a_new_installation_has_rules_already(it: &TestApp) {
    let settings = it.get(&it.admin, "/settings").await;
    for days in
        ["deliveries_days", "failed_deliveries_days", "media_days", "closed_conversations_days", "audit_days"]
    {
        assert!(settings[days].is_i64(), "{days}: {settings}");
    }
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(it.call(&sue, Method::GET, "/settings", None).await.0, StatusCode::FORBIDDEN);
}
