//! `GET /flow-schema`

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_describes_every_node() {
    let it = TestApp::start().await;
    let schema = it.get(&it.admin, "/flow-schema").await;
    let text = schema.to_string();
    for node in ["send", "menu", "ask", "condition", "set", "join_queue", "close"] {
        assert!(text.contains(node), "{node}");
    }
    it.stop().await;
}
