//! `GET /flow-schema`

use std::collections::BTreeSet;

use serde_json::Value;

use crate::app::TestApp;

/// Every value of a `const` in the schema.
fn constants(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            found.extend(map.get("const").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|below| constants(below, found));
        }
        Value::Array(all) => all.iter().for_each(|below| constants(below, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_describes_every_node() {
    let it = TestApp::start().await;
    let schema = it.get(&it.admin, "/flow-schema").await;
    let mut described = BTreeSet::new();
    constants(&schema, &mut described);
    for node in ["send", "menu", "ask", "condition", "set", "join_queue", "close"] {
        assert!(described.contains(node), "{node} is not in {described:?}");
    }
    it.stop().await;
}
