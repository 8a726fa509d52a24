//! A model of sending one message in two parts: claims, responses, echoes, restarts and late results come in any
//! order. In every case a sent part is never claimed for sending again, and the state of the message is correct.

use domain::channel::{Account, Address};
use domain::failure::Failure;
use domain::id::{ConversationId, GatewayId, IdentityId, MessageId, OutboxId};
use domain::message::{Direction, Kind, Message, MessageData, Sender, SenderKind, Status};
use domain::outbound::{Part, Speaker};
use domain::time::Micros;
use engine::config::Config;
use engine::send_result;
use proptest::prelude::*;
use server::app::App;
use store::table::message;
use store::table::outbox::{self, Customers, Queued};
use store::{Batch, testing};

const PAGE: &str = "200";

/// What happens next; the number picks which request it happens to.
#[derive(Debug, Clone)]
enum Event {
    /// The first request of the lane is taken for sending, and reaches Meta or does not.
    Claim { reaches: bool },
    /// Meta responds.
    Answer(usize),
    /// The answer is lost or unreadable.
    NoAnswer(usize),
    /// The echo of what reached Meta comes.
    Echo(usize),
    /// The process is killed and another takes over; results of the old one's requests may still come.
    Restart,
    /// Time passes: the hold of an uncertain one ends.
    Release,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => any::<bool>().prop_map(|reaches| Event::Claim { reaches }),
        3 => (0..8_usize).prop_map(Event::Answer),
        2 => (0..8_usize).prop_map(Event::NoAnswer),
        2 => (0..8_usize).prop_map(Event::Echo),
        1 => Just(Event::Restart),
        2 => Just(Event::Release),
    ]
}

/// A request that was taken for sending.
struct Attempt {
    request: Queued,
    reached: bool,
    answered: bool,
    mid: String,
}

struct Model {
    app: App,
    message: MessageId,
    attempts: Vec<Attempt>,
    node: u32,
}

impl Model {
    async fn new(app: App, n: i64) -> Self {
        let message = MessageId(n * 100);
        let mut batch = Batch::new();
        let two_parts = Message {
            id: message,
            conversation: ConversationId(1),
            identity: IdentityId(n),
            kind: Kind::Text,
            direction: Direction::Out,
            sender: Sender { kind: SenderKind::Agent, name: "Ben".into(), user: None },
            text: Some("One\nTwo".into()),
            data: MessageData { parts: 2, ..MessageData::default() },
            status: Status::Queued,
            error: None,
            at: app.clock.now(),
            client_id: None,
        };
        testing::message(&mut batch, &two_parts);
        for part_no in 0..2 {
            let request = Queued {
                id: OutboxId(n * 100 + part_no),
                message: Some(message),
                part_no,
                conversation: ConversationId(1),
                identity: IdentityId(n),
                gateway: GatewayId(1),
                account: Account::page(PAGE),
                part: Some(Part::Text { text: format!("Part {part_no}"), choices: Vec::new() }),
                speaker: Speaker::Agent,
                reply_to: None,
                state: outbox::State::Queued,
                tries: 0,
                next_at: Micros(1),
            };
            testing::request(&mut batch, &request);
        }
        app.store.commit(batch).await.unwrap();
        Self { app, message, attempts: Vec::new(), node: 0 }
    }

    async fn commit(&self, batch: Batch) -> bool {
        match self.app.store.commit(batch).await {
            Ok(_) => true,
            Err(store::CommitError::Store(error)) => panic!("{error}"),
            Err(_) => false,
        }
    }

    async fn happens(&mut self, event: &Event) {
        match event {
            Event::Claim { reaches } => self.claim(*reaches).await,
            Event::Answer(n) => self.answer(*n, true).await,
            Event::NoAnswer(n) => self.answer(*n, false).await,
            Event::Echo(n) => self.echo(*n).await,
            Event::Restart => {
                self.node += 1;
                let node = self.node.to_string();
                for request in outbox::abandoned(&self.app.store, &node, Micros(0)).await.unwrap() {
                    let mut batch = Batch::new();
                    send_result::uncertain(&mut batch, &request, Micros(2), self.app.clock.now());
                    self.commit(batch).await;
                }
            }
            Event::Release => {
                let mut batch = Batch::new();
                outbox::release(&mut batch, Micros(3), Micros(4));
                self.commit(batch).await;
            }
        }
    }

    async fn claim(&mut self, reaches: bool) {
        let customer = self.message.0 / 100;
        let account = Account::page(PAGE);
        let heads = outbox::next_of_customers(&self.app.store, &account, Customers::WithAgents, customer - 1, 1)
            .await
            .unwrap();
        let Some((_, Some(head))) = heads.into_iter().find(|(identity, _)| *identity == IdentityId(customer))
        else {
            return;
        };
        if head.state != outbox::State::Queued {
            return;
        }
        let mut batch = Batch::new();
        outbox::claim(&mut batch, head.id, &self.node.to_string(), Micros(i64::MAX), Micros(5));
        assert!(self.commit(batch).await, "the head of a lane can be taken");
        let before = self.attempts.iter().any(|it| it.reached && it.request.part_no == head.part_no);
        assert!(!before, "part {} left and is taken again", head.part_no);
        let mid = format!("m_{customer}_{}", self.attempts.len());
        self.attempts.push(Attempt { request: head, reached: reaches, answered: false, mid });
    }

    async fn answer(&mut self, n: usize, readable: bool) {
        let open: Vec<usize> = (0..self.attempts.len()).filter(|i| !self.attempts[*i].answered).collect();
        let Some(index) = open.get(n % open.len().max(1)) else { return };
        let attempt = &mut self.attempts[*index];
        attempt.answered = true;
        let mut batch = Batch::new();
        match (readable, attempt.reached) {
            (true, true) => {
                send_result::sent(&mut batch, &attempt.request, Some(&attempt.mid), None, self.app.clock.now())
            }
            (true, false) => {
                let why = Failure::StoreUnreachable {};
                send_result::later(&mut batch, &attempt.request, Micros(1), &why, self.app.clock.now());
            }
            (false, _) => send_result::uncertain(&mut batch, &attempt.request, Micros(2), self.app.clock.now()),
        }
        self.commit(batch).await;
    }

    async fn echo(&mut self, n: usize) {
        let left: Vec<usize> = (0..self.attempts.len()).filter(|i| self.attempts[*i].reached).collect();
        let Some(index) = left.get(n % left.len().max(1)) else { return };
        let attempt = &self.attempts[*index];
        let mut batch = Batch::new();
        send_result::echoed(
            &self.app,
            &mut batch,
            &Address::new(Account::page(PAGE), "300"),
            (self.message, attempt.request.part_no),
            &attempt.mid,
        )
        .await
        .unwrap();
        self.commit(batch).await;
    }

    /// How many of the parts are at Meta, and the state of the message.
    async fn truth(&self) -> (usize, String) {
        let left =
            (0..2).filter(|part| self.attempts.iter().any(|it| it.reached && it.request.part_no == *part)).count();
        let stored = message::by_id(&self.app.store, self.message).await.unwrap().unwrap();
        (left, stored.message.status.word().to_owned())
    }
}

#[test]
fn a_part_that_left_is_never_taken_again_and_the_message_says_the_truth() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = vec![
        ("data_dir", folder.path().display().to_string()),
        ("secret_key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned()),
    ];
    let app = runtime.block_on(App::open(Config::load(None, &flags).unwrap())).unwrap();
    let number = std::cell::Cell::new(0);
    let config = ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(events in prop::collection::vec(event(), 1..25))| {
        number.set(number.get() + 1);
        runtime.block_on(async {
            let mut model = Model::new(app.clone(), number.get()).await;
            for event in &events {
                model.happens(event).await;
                let (left, status) = model.truth().await;
                assert!(status != "sent" || left == 2, "it says sent, but {left} of 2 parts left: {events:?}");
            }
            // Everything is resolved in the end: sent parts get an echo, the rest gets a response or another attempt.
            model.happens(&Event::Restart).await;
            for n in 0..model.attempts.len() {
                model.happens(&Event::Echo(n)).await;
            }
            let (left, status) = model.truth().await;
            let rows = outbox::of_message(&app.store, model.message).await.unwrap();
            let doubts = rows.iter().filter(|row| row.state != outbox::State::Queued).count();
            let expected = match (left, doubts) {
                (2, _) => "sent",
                (_, 0) => "queued",
                _ => "uncertain",
            };
            assert_eq!(status, expected, "{left} left, {doubts} in doubt: {events:?}");
        });
    });
}
