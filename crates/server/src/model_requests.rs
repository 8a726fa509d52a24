//! Open requests of users to the language model: one user may not use it up for the others.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::id::UserId;

/// The maximum number of open requests of one user.
const MOST: usize = 2;

/// How many requests of each user are open.
#[derive(Debug, Default)]
pub struct ModelRequests(Mutex<HashMap<UserId, usize>>);

/// An open request; it ends when this is dropped.
#[derive(Debug)]
pub struct Open<'a>(&'a ModelRequests, UserId);

impl ModelRequests {
    /// Begins one. None if too many are open.
    pub fn begin(&self, user: UserId) -> Option<Open<'_>> {
        let mut counts = self.0.lock().expect("nothing panics while it is held");
        let count = counts.entry(user).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        Some(Open(self, user))
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().expect("nothing panics while it is held");
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_two_open_requests_at_most_and_others_have_their_own() {
        let requests = ModelRequests::default();
        let (ben, carla) = (UserId(1), UserId(2));
        let first = requests.begin(ben).unwrap();
        let second = requests.begin(ben).unwrap();
        assert!(requests.begin(ben).is_none() && requests.begin(carla).is_some());
        drop(first);
        drop(requests.begin(ben).unwrap());
        drop(second);
        assert!(requests.0.lock().unwrap().is_empty());
    }
}
