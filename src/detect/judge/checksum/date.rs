//! Dates between Unix seconds and ISO 8601 text, without a clock or a time zone database.

/// Seconds of the last moment of the year 9999: later values are no dates but sentinels or damage.
const LATEST: i64 = 253_402_300_799;
const DAY: i64 = 86_400;

/// `yyyy-mm-dd` of Unix seconds from 1970 to 9999.
pub(super) fn iso_date(seconds: i64) -> Option<String> {
    if !(0..=LATEST).contains(&seconds) {
        return None;
    }
    let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// `yyyy-mm-ddThh:mm:ssZ` of Unix seconds from 1970 to 9999.
pub(super) fn iso_date_time(seconds: i64) -> Option<String> {
    let date = iso_date(seconds)?;
    let time = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}Z"))
}

/// Unix seconds of `yyyy-mm-dd`, with or without `Thh:mm`, `:ss`, a fraction and `Z`; also of the basic form
/// `yyyymmddThhmmssZ`. Offsets from UTC are not understood.
pub(super) fn parse_iso(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(['Z', 'z']);
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, ""));
    let time = time.split('.').next().unwrap_or_default();
    let date = plain_digits(date, '-')?;
    let time = plain_digits(time, ':')?;
    let number = |digits: &str, from: usize, to: usize| {
        digits
            .get(from..to)
            .and_then(|part| part.parse::<i64>().ok())
    };
    if date.len() != 8 || !matches!(time.len(), 0 | 4 | 6) {
        return None;
    }
    let (year, month, day) = (
        number(&date, 0, 4)?,
        number(&date, 4, 6)?,
        number(&date, 6, 8)?,
    );
    let hour = number(&time, 0, 2).unwrap_or(0);
    let minute = number(&time, 2, 4).unwrap_or(0);
    let second = number(&time, 4, 6).unwrap_or(0);
    let possible = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    possible.then(|| days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// The digits of a text that holds nothing but digits and `separator`.
fn plain_digits(text: &str, separator: char) -> Option<String> {
    let digits: String = text.chars().filter(|&c| c != separator).collect();
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(digits)
}

/// Year, month and day of a day number counted from 1970-01-01, after Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>). The callers' bounds keep the sums small.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The inverse of [`civil_from_days`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_both_ways() {
        assert_eq!(iso_date(0).as_deref(), Some("1970-01-01"));
        assert_eq!(
            iso_date_time(951_827_696).as_deref(),
            Some("2000-02-29T12:34:56Z")
        );
        assert_eq!(iso_date(LATEST).as_deref(), Some("9999-12-31"));
        assert_eq!(iso_date(LATEST + 1), None);
        assert_eq!(iso_date(-1), None);
        for seconds in (0..LATEST).step_by(123_456_789) {
            let text = iso_date_time(seconds).unwrap_or_default();
            assert_eq!(parse_iso(&text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn short_and_basic_forms_are_read() {
        assert_eq!(parse_iso("2000-02-29"), Some(951_782_400));
        assert_eq!(parse_iso("2000-02-29T12:34Z"), Some(951_827_640));
        assert_eq!(parse_iso("20000229T123456Z"), Some(951_827_696));
        assert_eq!(parse_iso("2000-02-29T12:34:56.789Z"), Some(951_827_696));
        for damaged in [
            "",
            "2000",
            "2000-13-01",
            "2000-02-29T25:00",
            "2000-02-29+01:00",
            "zzzz-zz-zz",
        ] {
            assert_eq!(parse_iso(damaged), None, "{damaged}");
        }
    }
}
