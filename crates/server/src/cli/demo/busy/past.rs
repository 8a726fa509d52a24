//! The month before the sample day: a visit after the other, drawn from numbers that are the same in every demo. More come on
//! working days than on weekends, and most around noon and in the evening; who comes when many do waits longer.

use domain::channel::{Account, Address};
use domain::id::{ContactId, IdentityId, QueueId, UserId};
use domain::role::Role;
use domain::time::{DAY, HOUR, Micros, SECOND};
use engine::past_days::{self, Step, Visit};
use sandbox::seed::{DEMO_INSTAGRAM_ID, DEMO_NUMBER_ID, DEMO_PAGE_ID};
use store::table::account;
use store::table::contact::Identity;
use store::table::gateway;

use super::super::super::{Outcome, failure};
use super::words::Language;
use crate::app::App;

const DAYS: i64 = 30;
/// Visits of a day from Monday to Sunday.
const OF_WEEKDAY: [u64; 7] = [92, 84, 78, 80, 88, 46, 34];
/// How busy the hours of a day are.
const OF_HOUR: [u64; 24] = [1, 1, 0, 0, 0, 1, 2, 4, 9, 14, 16, 17, 15, 13, 12, 12, 13, 14, 15, 13, 10, 7, 4, 2];

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    /// A number below a limit.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<T: Copy>(&mut self, several: &[T]) -> Option<T> {
        several.get(usize::try_from(self.below(several.len() as u64)).unwrap_or(0)).copied()
    }

    fn words(&mut self, several: &[&str]) -> String {
        self.one_of(several).unwrap_or_default().to_owned()
    }

    /// Seconds in this range, in microseconds.
    fn seconds(&mut self, from: u64, to: u64) -> i64 {
        i64::try_from(from + self.below(to - from)).unwrap_or(0) * SECOND
    }

    /// The place of a number that falls into it, by weight.
    fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }
}

/// Who takes part.
struct Cast {
    agents: Vec<UserId>,
    supervisor: UserId,
    queues: Vec<QueueId>,
    customers: Vec<(Language, Identity, bool)>,
}

/// Writes the month before today.
pub(super) async fn write(app: &App) -> Outcome {
    let mut dice = Dice(2_026);
    let Some(mut cast) = cast(app, &mut dice).await? else { return Ok(()) };
    let today = app.today().start;
    let mut visits = Vec::new();
    for day in (1..=DAYS).rev() {
        let start = today.plus(-day * DAY);
        // 1970 began on a Thursday.
        let weekday = usize::try_from((start.0.div_euclid(DAY) + 4).rem_euclid(7)).unwrap_or(0);
        let usual = OF_WEEKDAY[weekday];
        for _ in 0..usual - usual / 8 + dice.below(usual / 4) {
            let hour = dice.weighted(&OF_HOUR);
            let at = start.plus(i64::try_from(hour).unwrap_or(0) * HOUR + dice.seconds(0, 3_600));
            visits.extend(visit(&mut dice, &mut cast, at, OF_HOUR[hour]));
        }
    }
    past_days::write(app, visits).await.map_err(failure)
}

async fn cast(app: &App, dice: &mut Dice) -> Result<Option<Cast>, super::super::super::Failure> {
    let Some(gateway) = gateway::list(&app.store).await?.first().map(|it| it.id) else { return Ok(None) };
    let mut accounts: Vec<Account> = Vec::new();
    for id in [DEMO_PAGE_ID, DEMO_PAGE_ID, DEMO_INSTAGRAM_ID, DEMO_NUMBER_ID] {
        let found = account::one(&app.store, gateway, id).await?;
        accounts.extend(found.map(|it| Account { channel: it.channel, id: it.account_id }));
    }
    let roster = app.roster();
    let of_role = |role| roster.iter().filter(move |agent| agent.role == role).map(|agent| agent.user);
    let Some(supervisor) = of_role(Role::Administrator).next() else { return Ok(None) };
    let customers = (0..420_u32).filter_map(|number| {
        let language = if dice.chance(55) { Language::English } else { Language::Ukrainian };
        let name = dice.words(language.names());
        let account = accounts.get(number as usize % accounts.len().max(1))?.clone();
        let customer = Identity {
            id: IdentityId(app.ids.next()),
            gateway,
            address: Address::new(account, format!("7000{number:06}")),
            contact: ContactId(app.ids.next()),
            last_user_at: None,
            profile_tries: 0,
            profile_next_at: None,
            name: Some(name.clone()),
            picture: None,
            created_at: app.today().start.plus(-DAYS * DAY),
            phone: None,
            marketing_stopped_at: None,
            channel_name: Some(name),
            known_as: None,
        };
        Some((language, customer, true))
    });
    let customers = customers.collect();
    let queues =
        app.directory().queues.iter().filter(|queue| !queue.is_isolated()).map(|queue| queue.id).collect();
    Ok(Some(Cast { agents: of_role(Role::Agent).collect(), supervisor, queues, customers }))
}

/// One visit at a moment: a question, a wait, an agent who answers or none, perhaps a transfer and a score.
fn visit(dice: &mut Dice, cast: &mut Cast, begun: Micros, crowd: u64) -> Option<Visit> {
    let place = usize::try_from(dice.below(cast.customers.len() as u64)).unwrap_or(0);
    let (language, customer, is_first) = cast.customers.get_mut(place)?;
    let (language, customer, is_first) = (*language, customer.clone(), std::mem::replace(is_first, false));
    let queue = *cast.queues.get(dice.weighted(&[6, 3, 1]).min(cast.queues.len().saturating_sub(1)))?;
    let mut steps = vec![(begun, Step::Writes(dice.words(language.questions())))];
    let mut at = begun;
    let mut wait = |dice: &mut Dice, from: u64, to: u64| {
        at = at.plus(dice.seconds(from, to));
        at
    };
    let busy = 20 + crowd * 12;
    if dice.chance(3 + crowd / 3) {
        steps.push((wait(dice, busy * 2, busy * 8), Step::Closes(cast.supervisor)));
        return Some(Visit { customer, is_first, queue, steps });
    }
    let mut agent = dice.one_of(&cast.agents)?;
    steps.push((wait(dice, 5, busy * 2), Step::Takes(agent)));
    steps.push((wait(dice, 10, 150), Step::Says(agent, dice.words(language.answers()))));
    if dice.chance(9) && cast.queues.len() > 1 {
        let to = *cast.queues.iter().find(|other| **other != queue)?;
        steps.push((wait(dice, 20, 200), Step::Transfers(agent, to)));
        agent = dice.one_of(&cast.agents)?;
        steps.push((wait(dice, 10, busy * 3), Step::Takes(agent)));
        steps.push((wait(dice, 10, 120), Step::Says(agent, dice.words(language.answers()))));
    }
    for _ in 0..dice.below(4) {
        steps.push((wait(dice, 10, 240), Step::Writes(dice.words(language.follow_ups()))));
        steps.push((wait(dice, 15, 220), Step::Says(agent, dice.words(language.answers()))));
    }
    steps.push((wait(dice, 10, 200), Step::Writes(dice.words(language.thanks()))));
    steps.push((wait(dice, 5, 90), Step::Closes(agent)));
    if dice.chance(38) {
        let score = [5, 4, 3, 2, 1][dice.weighted(&[52, 27, 11, 5, 5])];
        steps.push((wait(dice, 10, 900), Step::Rates(score)));
    }
    Some(Visit { customer, is_first, queue, steps })
}
