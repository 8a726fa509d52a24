//! Chooses the next events: the oldest, and during a backlog also those of customers who are not in it.

use std::collections::HashSet;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Mutex;
use std::time::Duration;

use domain::channel::Address;
use domain::id::DeliveryId;
use store::Signal;
use store::table::inbox;
use tokio::sync::Notify;

use super::apply;
use crate::engine::Engine;
use crate::worker::Context;

/// Events that are read together. A full page means that there is a backlog.
const PAGE: usize = 512;
/// How many events of a backlog are read together to collect their customers.
const LINE_PAGE: usize = 50_000;
/// The longest backlog that is read in this way. With a longer one, there is no fast path.
const LONGEST_LINE: usize = 500_000;
/// During a backlog, new events are collected for this long.
const COALESCE: Duration = Duration::from_millis(5);
/// The end of a backlog that is too long to be read through.
const ENDLESS: inbox::Place = inbox::Place { delivery: DeliveryId(i64::MAX), n: i64::MAX };
/// Under high load of webhooks, this many events are read together.
const PAGE_PRESSED: usize = 16;
/// The pause after each page under high load.
const PAUSE_PRESSED: Duration = Duration::from_millis(50);

/// Applies waiting events, from the oldest on, until there are none.
pub async fn sweep(app: &Engine, context: &Context) -> Result<(), store::Error> {
    let end = Mutex::new(None);
    let mut line = Line { place: inbox::START, held: BlockedKeys::default(), end: &end };
    if !line.page(app, context).await? {
        return Ok(());
    }
    let _busy = Busy::new(app);
    let Some(mut fast_path) = FastPath::of(app, &line).await? else { return line.work_off(app, context).await };
    let over = Notify::new();
    let worked_off = async {
        let ended = line.work_off(app, context).await;
        over.notify_one();
        ended
    };
    let (worked_off, passed) = tokio::join!(worked_off, fast_path.until(app, &over));
    worked_off.and(passed)
}

/// Lets less urgent work give way while a backlog is applied, however that ends.
struct Busy<'a>(&'a Engine);

impl<'a> Busy<'a> {
    fn new(app: &'a Engine) -> Self {
        app.pressure.set_backlog(true);
        Self(app)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.pressure.set_backlog(false);
    }
}

/// Where a backlog ends; None if there is none. Later events are not part of it.
type End = Mutex<Option<inbox::Place>>;

/// The waiting events, in order of arrival.
struct Line<'a> {
    place: inbox::Place,
    held: BlockedKeys,
    end: &'a End,
}

impl Line<'_> {
    /// Applies the next page of it. True if there is more.
    async fn page(&mut self, app: &Engine, context: &Context) -> Result<bool, store::Error> {
        context.progress();
        if *context.stop().borrow() {
            return Ok(false);
        }
        let pressed = app.pressure.is_hard();
        let size = if pressed { PAGE_PRESSED } else { PAGE };
        let mut rows = inbox::due(&app.store, self.place, size).await?;
        let full = rows.len() == size;
        let end = *self.end.lock().expect("nothing panics while it is held");
        rows.retain(|row| end.is_none_or(|end| row.place <= end));
        let Some(last) = rows.last() else { return Ok(false) };
        self.place = last.place;
        // Screens do not follow each event of a backlog.
        apply(app, rows, &mut self.held, end.is_some()).await?;
        if pressed {
            tokio::time::sleep(PAUSE_PRESSED).await;
        }
        Ok(full)
    }

    async fn work_off(&mut self, app: &Engine, context: &Context) -> Result<(), store::Error> {
        while self.page(app, context).await? {}
        Ok(())
    }
}

/// Customers with an earlier waiting event, by a hash of their key.
#[derive(Debug, Default, Clone)]
pub struct BlockedKeys(HashSet<u64>);

impl BlockedKeys {
    fn hash(key: &Address) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        key.hash(&mut hasher);
        hasher.finish()
    }

    pub fn add(&mut self, key: &Address) {
        self.0.insert(Self::hash(key));
    }

    /// Whether this customer is among them.
    pub fn contains(&self, key: &Address) -> bool {
        self.0.contains(&Self::hash(key))
    }
}

/// The fast path during a backlog, for customers who write now and have no event in it.
#[derive(Debug)]
struct FastPath<'a> {
    place: inbox::Place,
    in_line: BlockedKeys,
    end: &'a End,
}

impl<'a> FastPath<'a> {
    /// Reads the current backlog. None if it is too long.
    async fn of(app: &Engine, line: &Line<'a>) -> Result<Option<Self>, store::Error> {
        let mut fast_path = Self { place: line.place, in_line: line.held.clone(), end: line.end };
        Ok(fast_path.look_through(app).await?.then_some(fast_path))
    }

    /// Collects the customers with events from here to the end, and leaves these events to the backlog. False if the
    /// backlog is too long.
    async fn look_through(&mut self, app: &Engine) -> Result<bool, store::Error> {
        for _ in 0..LONGEST_LINE / LINE_PAGE {
            let (keys, last, more) = inbox::keys(&app.store, self.place, LINE_PAGE).await?;
            keys.iter().for_each(|key| self.in_line.add(key));
            self.place = last.unwrap_or(self.place);
            *self.end.lock().expect("nothing panics while it is held") = Some(self.place);
            if !more {
                return Ok(true);
            }
        }
        *self.end.lock().expect("nothing panics while it is held") = Some(ENDLESS);
        Ok(false)
    }

    /// Applies events of customers who write now, until the backlog is empty. Started work is finished: an event must
    /// not be left to the backlog while later ones of the same customer overtake it.
    async fn until(&mut self, app: &Engine, over: &Notify) -> Result<(), store::Error> {
        let mut wakeup = app.store.signals().subscribe(Signal::Inbox);
        while self.on(app).await? {
            tokio::select! {
                () = over.notified() => return Ok(()),
                _ = wakeup.changed() => {
                    // Under high load a read for each few events would cost webhooks their time.
                    let pause = if app.pressure.is_hard() { PAUSE_PRESSED } else { COALESCE };
                    tokio::time::sleep(pause).await;
                }
            }
        }
        Ok(())
    }

    /// Applies new events of customers who are not in the backlog, and leaves the others to it. If the new events are
    /// a backlog themselves, they join it. False if it is too long.
    async fn on(&mut self, app: &Engine) -> Result<bool, store::Error> {
        let rows = inbox::due(&app.store, self.place, PAGE).await?;
        if rows.len() == PAGE {
            return self.look_through(app).await;
        }
        let Some(last) = rows.last() else { return Ok(true) };
        self.place = last.place;
        apply(app, rows, &mut self.in_line, false).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use domain::id::GatewayId;

    use super::*;
    use crate::config::Config;

    async fn app(folder: &std::path::Path) -> Engine {
        let data = folder.display().to_string();
        let database = format!("sqlite:{data}/deskbell.db");
        Engine::open(Config::load(None, &[("data_dir", data), ("database_url", database)]).unwrap()).await.unwrap()
    }

    /// Stores one event for each key, as a delivery of a deleted gateway, so that it can be finished without anything
    /// else.
    async fn arrive(app: &Engine, keys: &[&str]) {
        let arrived = inbox::Arrived {
            id: DeliveryId(app.ids.next()),
            gateway: GatewayId(1),
            page: None,
            at: app.clock.now(),
            body: b"{}".to_vec(),
            keys: keys.iter().map(|key| key.parse().unwrap()).collect(),
            unreadable: None,
        };
        app.store.commit(inbox::arrive(arrived)).await.unwrap();
    }

    async fn waiting(app: &Engine) -> Vec<String> {
        let rows = inbox::due(&app.store, inbox::START, 100).await.unwrap();
        rows.into_iter().map(|row| row.key.to_string()).collect()
    }

    #[tokio::test]
    async fn who_writes_now_passes_a_long_line_unless_something_of_theirs_stands_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(folder.path()).await;
        arrive(&app, &["messenger 200 ann", "messenger 200 ben"]).await;
        let end = Mutex::new(None);
        let line = Line { place: inbox::START, held: BlockedKeys::default(), end: &end };
        let mut fast_path = FastPath::of(&app, &line).await.unwrap().unwrap();

        arrive(&app, &["messenger 200 ann", "messenger 200 cai", "messenger 200 cai"]).await;
        fast_path.on(&app).await.unwrap();
        assert_eq!(
            waiting(&app).await,
            ["messenger 200 ann", "messenger 200 ben", "messenger 200 ann"],
            "only Cai was served"
        );

        sweep(&app, &Context::for_tests()).await.unwrap();
        assert_eq!(waiting(&app).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn names_and_pictures_give_way_while_a_backlog_is_applied() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(folder.path()).await;
        arrive(&app, &["messenger 200 ann"]).await;
        sweep(&app, &Context::for_tests()).await.unwrap();
        assert!(!app.pressure.is_busy(), "one event is no backlog");
        arrive(&app, &["messenger 200 ben"; PAGE + 1]).await;
        let context = Context::for_tests();
        let (swept, was_busy) = tokio::join!(sweep(&app, &context), async {
            let mut was_busy = false;
            while !waiting(&app).await.is_empty() {
                was_busy |= app.pressure.is_busy();
                tokio::task::yield_now().await;
            }
            was_busy
        });
        swept.unwrap();
        assert!(was_busy);
        assert!(!app.pressure.is_busy(), "it is over");
    }

    #[tokio::test]
    async fn nothing_of_a_customer_overtakes_an_event_that_could_not_be_applied() {
        let folder = tempfile::tempdir().unwrap();
        let app = app(folder.path()).await;
        arrive(&app, &["messenger 200 ann", "messenger 200 ben"]).await;
        let mut held = BlockedKeys::default();
        held.add(&"messenger 200 ann".parse().unwrap());
        let rows = inbox::due(&app.store, inbox::START, 100).await.unwrap();
        apply(&app, rows, &mut held, false).await.unwrap();
        assert_eq!(waiting(&app).await, ["messenger 200 ann"]);
    }
}
