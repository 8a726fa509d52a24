//! A clock that was set back while no server ran: new entries still come after the existing ones.

use engine::config::Config;
use server::app::App;
use store::table::inbox::{self, Arrived};

use crate::app::{Engine, fresh_database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_never_go_back_after_a_clock_was_set_back() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let folder = tempfile::tempdir().unwrap();
        let mut flags = vec![
            ("data_dir", folder.path().display().to_string()),
            ("secret_key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned()),
        ];
        if engine == Engine::Postgres {
            let Some(url) = fresh_database().await else { continue };
            flags.push(("database_url", url));
        }
        let config = Config::load(None, &flags).unwrap();
        let ahead = App::open(config.clone()).await.unwrap();
        ahead.clock.advance(domain::time::HOUR);
        let greatest = ahead.ids.next();
        let arrived = Arrived {
            id: domain::id::DeliveryId(greatest),
            gateway: domain::id::GatewayId(1),
            page: None,
            at: ahead.clock.now(),
            body: b"{}".to_vec(),
            keys: Vec::new(),
            unreadable: None,
        };
        ahead.store.commit(inbox::arrive(arrived)).await.unwrap();
        drop(ahead);
        let right_again = App::open(config).await.unwrap();
        assert!(right_again.ids.next() > greatest);
    }
}
