//! A list of ids as one parameter, so that a page of rows is read in one statement on both engines.
//!
//! The engines have no array type in common: the ids are digits of a fixed width in one text, and a recursive query
//! splits it again. `nullif`: PostgreSQL may cast the text of an empty list while it plans.

use crate::Value;

/// Digits of one id in the text: as many as the largest 64-bit number has, plus a sign.
const WIDTH: usize = 20;

/// The `WITH` clause that makes parameter `$n` (as a literal, `"$1"`) the table `ids (id, n)`.
macro_rules! with_ids {
    ($param:literal) => {
        concat!(
            "WITH RECURSIVE ids (id, n) AS (SELECT CAST(nullif(substr(",
            $param,
            ", 1, 20), '') AS BIGINT), 1 WHERE length(",
            $param,
            ") >= 20
             UNION ALL SELECT CAST(nullif(substr(",
            $param,
            ", n * 20 + 1, 20), '') AS BIGINT), n + 1 FROM ids
                 WHERE length(",
            $param,
            ") >= (n + 1) * 20) "
        )
    };
}
pub(crate) use with_ids;

/// The ids as the parameter that [`with_ids`] reads.
pub(crate) fn param(ids: impl IntoIterator<Item = i64>) -> Value {
    let mut text = String::new();
    for id in ids {
        text.push_str(&format!("{id:0WIDTH$}"));
    }
    Value::Text(text)
}
