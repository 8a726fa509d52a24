//! Parameters and results of statements: four kinds of values that both engines share.

use bytes::BytesMut;
use domain::channel::{Account, Address, Channel};
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::Error;

/// One value of a row or parameter. Booleans are 0 and 1, times microseconds, JSON is text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

macro_rules! from {
    ($($from:ty => |$v:ident| $to:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($v: $from) -> Self {
                $to
            }
        }
    )*};
}

from! {
    i64 => |v| Value::Int(v);
    u32 => |v| Value::Int(v.into());
    bool => |v| Value::Int(v.into());
    String => |v| Value::Text(v);
    &str => |v| Value::Text(v.to_owned());
    &String => |v| Value::Text(v.clone());
    Vec<u8> => |v| Value::Blob(v);
    domain::time::Micros => |v| Value::Int(v.0);
    domain::id::UserId => |v| Value::Int(v.0);
    domain::id::GatewayId => |v| Value::Int(v.0);
    domain::id::ContactId => |v| Value::Int(v.0);
    domain::id::IdentityId => |v| Value::Int(v.0);
    domain::id::ConversationId => |v| Value::Int(v.0);
    domain::id::MessageId => |v| Value::Int(v.0);
    domain::id::MediumId => |v| Value::Int(v.0);
    domain::id::QueueId => |v| Value::Int(v.0);
    domain::id::TeamId => |v| Value::Int(v.0);
    domain::id::CalendarId => |v| Value::Int(v.0);
    domain::id::FormId => |v| Value::Int(v.0);
    domain::id::MacroId => |v| Value::Int(v.0);
    domain::id::RoleId => |v| Value::Int(v.0);
    domain::id::SkillId => |v| Value::Int(v.0);
    domain::id::FlowId => |v| Value::Int(v.0);
    domain::id::EntryPointId => |v| Value::Int(v.0);
    domain::id::DeliveryId => |v| Value::Int(v.0);
    domain::id::OutboxId => |v| Value::Int(v.0);
    domain::id::CampaignId => |v| Value::Int(v.0);
    domain::channel::Channel => |v| Value::Text(v.name().to_owned());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// Collects parameters for a statement: `values![id, name, at]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}
pub(crate) use values;

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Int(number) => number.to_sql(ty, out),
            // PostgreSQL allows no zero byte in text, but a customer's message must not fail because of one.
            Value::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// One row of an answer, read by position.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(Vec<Value>);

impl Row {
    pub(crate) fn from_sqlite(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<Self> {
        let mut values = Vec::with_capacity(columns);
        for index in 0..columns {
            values.push(match row.get_ref(index)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Int(number),
                // No column of ours is REAL; a stray average is rounded down.
                #[expect(clippy::cast_possible_truncation, reason = "rounded on purpose")]
                ValueRef::Real(number) => Value::Int(number as i64),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            });
        }
        Ok(Self(values))
    }

    pub(crate) fn from_postgres(row: &tokio_postgres::Row) -> Result<Self, Error> {
        let mut values = Vec::with_capacity(row.len());
        for (index, column) in row.columns().iter().enumerate() {
            let ty = column.type_();
            values.push(if *ty == Type::INT8 {
                row.try_get::<_, Option<i64>>(index)?.into()
            } else if *ty == Type::INT4 {
                row.try_get::<_, Option<i32>>(index)?.map(i64::from).into()
            } else if *ty == Type::BOOL {
                row.try_get::<_, Option<bool>>(index)?.into()
            } else if *ty == Type::BYTEA {
                row.try_get::<_, Option<Vec<u8>>>(index)?.into()
            } else {
                row.try_get::<_, Option<String>>(index)?.into()
            });
        }
        Ok(Self(values))
    }

    /// The number at `index`; 0 for NULL, so that sums over no rows need no special case.
    pub fn int(&self, index: usize) -> i64 {
        self.opt_int(index).unwrap_or(0)
    }

    /// The number at `index`, if there is one.
    pub fn opt_int(&self, index: usize) -> Option<i64> {
        match self.0.get(index) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// Whether the number at `index` is not 0.
    pub fn flag(&self, index: usize) -> bool {
        self.int(index) != 0
    }

    /// The text at `index`; empty for NULL.
    pub fn text(&self, index: usize) -> String {
        self.opt_text(index).unwrap_or_default()
    }

    /// The text at `index`, if there is one.
    pub fn opt_text(&self, index: usize) -> Option<String> {
        match self.0.get(index) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// The channel at `index`; [`Channel::NONE`] for an invalid name, which this program cannot have written.
    pub fn channel(&self, index: usize) -> Channel {
        Channel::parse(&self.text(index)).unwrap_or(Channel::NONE)
    }

    /// The address at `index`; for an invalid text, one on no channel.
    pub fn address(&self, index: usize) -> Address {
        let text = self.text(index);
        text.parse().unwrap_or_else(|_| Address::new(Account::new(Channel::NONE, text), ""))
    }

    /// The bytes at `index`; empty for NULL.
    pub fn blob(&self, index: usize) -> Vec<u8> {
        match self.0.get(index) {
            Some(Value::Blob(bytes)) => bytes.clone(),
            _ => Vec::new(),
        }
    }

    /// The JSON at `index`, or the type's default where it is absent; parts that can't be read get their default,
    /// too.
    pub fn json<T: serde::de::DeserializeOwned + serde::Serialize + Default>(&self, index: usize) -> T {
        match self.0.get(index) {
            Some(Value::Text(text)) => crate::json::read(text),
            _ => T::default(),
        }
    }
}
