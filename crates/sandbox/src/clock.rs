//! Time as the protocol wants it: milliseconds in messaging events, seconds in tokens, ISO 8601 with `+0000` in nodes.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, as in `timestamp` and `time` of messaging events (§2.4).
pub fn now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// Seconds since 1970, as in `expires_at` and `issued_at` (§1.6, §8.1).
pub fn now_s() -> i64 {
    now_ms() / 1000
}

/// `2026-11-22T15:31:38+0000`, the form of `created_time` and `updated_time` (§4.3).
pub fn iso(ms: i64) -> String {
    let (year, month, day) = civil(ms);
    format!("{year:04}-{month:02}-{day:02}T{}+0000", time_of_day(ms))
}

/// `Sun, 22 Nov 2026 15:31:38 GMT`, the form of the header `Date`.
pub fn http_date(ms: i64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = civil(ms);
    let weekday = WEEKDAYS[usize::try_from(ms.div_euclid(86_400_000).rem_euclid(7)).unwrap_or(0)];
    let month = MONTHS[usize::try_from(month - 1).unwrap_or(0)];
    format!("{weekday}, {day:02} {month} {year:04} {} GMT", time_of_day(ms))
}

fn time_of_day(ms: i64) -> String {
    let rest = ms.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// Year, month and day.
fn civil(ms: i64) -> (i64, i64, i64) {
    let days = ms.div_euclid(86_400_000);
    // Days to civil date, after Howard Hinnant's `civil_from_days`.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    #[test]
    fn writes_iso_dates() {
        assert_eq!(super::iso(0), "1970-01-01T00:00:00+0000");
        assert_eq!(super::iso(1_709_210_096_000), "2024-02-29T12:34:56+0000");
        assert_eq!(super::http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(super::http_date(1_709_210_096_000), "Thu, 29 Feb 2024 12:34:56 GMT");
    }
}
