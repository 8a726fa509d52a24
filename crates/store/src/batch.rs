//! A write is data: statements with a condition for each. It is committed completely or not at all.

use crate::{Signal, Value};

/// One SQL text. It is written once, with `$1…`, for both engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sql(pub(crate) &'static str);

/// Declares the SQL texts of a table, and a list of them, so that a test can prepare each on both engines.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: $crate::Sql = $crate::Sql($text);)*
        /// Every SQL text of this table.
        #[cfg(feature = "testing")]
        pub(crate) const ALL: &[$crate::Sql] = &[$($name),*];
    };
}
pub(crate) use statements;

/// The condition on a statement for the batch to be committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Nothing.
    Any,
    /// It changed exactly this many rows; otherwise another writer was faster and the batch is a conflict.
    Rows(u64),
}

/// One statement of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: Sql,
    pub(crate) params: Vec<Value>,
    pub(crate) expect: Expect,
}

/// Statements that are committed together, and the signals to send once they are.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(crate) statements: Vec<Statement>,
    pub(crate) signals: Vec<Signal>,
    /// Its events are part of a backlog.
    pub(crate) backlog: bool,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty batch whose events are part of a backlog: screens reload instead of following each event.
    pub fn of_backlog() -> Self {
        Self { backlog: true, ..Self::default() }
    }

    /// Adds a statement without a condition.
    pub(crate) fn push(&mut self, sql: Sql, params: Vec<Value>) -> &mut Self {
        self.add(sql, params, Expect::Any)
    }

    /// Adds a statement that must change exactly one row.
    pub(crate) fn must(&mut self, sql: Sql, params: Vec<Value>) -> &mut Self {
        self.add(sql, params, Expect::Rows(1))
    }

    fn add(&mut self, sql: Sql, params: Vec<Value>, expect: Expect) -> &mut Self {
        self.statements.push(Statement { sql, params, expect });
        self
    }

    /// Sends `signal` once the batch is committed.
    pub fn notify(&mut self, signal: Signal) -> &mut Self {
        if !self.signals.contains(&signal) {
            self.signals.push(signal);
        }
        self
    }

    /// Appends another batch to this one.
    pub fn append(&mut self, other: Batch) -> &mut Self {
        self.statements.extend(other.statements);
        for signal in other.signals {
            self.notify(signal);
        }
        self
    }

    /// Whether it has no statements.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The number of statements.
    pub fn len(&self) -> usize {
        self.statements.len()
    }
}
