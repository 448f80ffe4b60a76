//! Moments as text, the same in every format.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::exposure::Moment;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// The first second of the year 0 and the last of 9999: years of four digits.
const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;
/// Minutes of a day: an offset from UTC of so many or more is nonsense, and no reader takes it.
const DAY_OF_MINUTES: i16 = 24 * 60;

/// `yyyy-mm-ddThh:mm:ssZ`, in UTC. A moment before 1970 is shown as the start of 1970.
pub fn iso8601(time: SystemTime) -> String {
    format!("{}Z", date_time(seconds(time)))
}

/// `yyyy-mm-ddThh:mm:ss+hh:mm`, with the author's offset; in UTC where that is a day or more. Git stores any number: what
/// lies outside of the years 0 to 9999 is shown as the nearest moment in them.
pub fn authored(moment: Moment) -> String {
    let offset = offset(moment);
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs();
    format!(
        "{}{sign}{:02}:{:02}",
        date_time(local(moment)),
        minutes / 60,
        minutes % 60
    )
}

/// The day of [`authored`]: `yyyy-mm-dd`.
pub fn authored_day(moment: Moment) -> String {
    let (year, month, day) = date(local(moment).div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Whole days from then to now; `None` if that moment is yet to come.
pub fn days_since(then: Moment, now: SystemTime) -> Option<u64> {
    let passed = seconds(now).saturating_sub(then.seconds);
    u64::try_from(passed)
        .ok()
        .map(|passed| passed / DAY.unsigned_abs())
}

fn seconds(time: SystemTime) -> i64 {
    let passed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(passed.as_secs()).unwrap_or(i64::MAX)
}

fn offset(moment: Moment) -> i16 {
    let sane = moment.offset.unsigned_abs() < DAY_OF_MINUTES.unsigned_abs();
    if sane { moment.offset } else { 0 }
}

/// The seconds that the author's clock showed.
fn local(moment: Moment) -> i64 {
    moment
        .seconds
        .saturating_add(i64::from(offset(moment)) * 60)
}

fn date_time(seconds: i64) -> String {
    let seconds = seconds.clamp(*WRITABLE.start(), *WRITABLE.end());
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a number of days since 1970-01-01. Counts in years that start in March, so that the leap
/// day is a year's last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days.clamp(
        WRITABLE.start().div_euclid(DAY),
        WRITABLE.end().div_euclid(DAY),
    ) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
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
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_in_utc() {
        let at = |seconds| iso8601(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_767_225_599), "2025-12-31T23:59:59Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
        assert_eq!(iso8601(UNIX_EPOCH - Duration::from_secs(1)), at(0));
    }

    #[test]
    fn moments_where_the_author_was() {
        let at = |seconds, offset| authored(Moment { seconds, offset });
        assert_eq!(at(1_709_337_600, 0), "2024-03-02T00:00:00+00:00");
        assert_eq!(at(1_709_337_600, 330), "2024-03-02T05:30:00+05:30");
        assert_eq!(at(1_709_337_600, -570), "2024-03-01T14:30:00-09:30");
        assert_eq!(at(-1, 0), "1969-12-31T23:59:59+00:00");
        assert_eq!(at(-2_208_988_800, 60), "1900-01-01T01:00:00+01:00");
        let day = |seconds, offset| authored_day(Moment { seconds, offset });
        assert_eq!(day(1_709_337_600, -1), "2024-03-01");
        assert_eq!(day(1_709_337_600, 1), "2024-03-02");
    }

    #[test]
    fn moments_that_cannot_be() {
        let at = |seconds, offset| authored(Moment { seconds, offset });
        assert_eq!(at(0, 1440), "1970-01-01T00:00:00+00:00");
        assert_eq!(at(0, i16::MIN), "1970-01-01T00:00:00+00:00");
        for offset in [0, 1439, -1439] {
            assert!(at(i64::MAX, offset).starts_with("9999-12-31T23:59:59"));
            assert!(at(i64::MIN, offset).starts_with("0000-01-01T00:00:00"));
            let day = |seconds| authored_day(Moment { seconds, offset });
            assert_eq!(day(i64::MAX), "9999-12-31");
            assert_eq!(day(i64::MIN), "0000-01-01");
        }
    }

    #[test]
    fn whole_days_passed() {
        let now = UNIX_EPOCH + Duration::from_secs(10 * 86_400);
        let since = |seconds| {
            days_since(
                Moment {
                    seconds,
                    offset: -700,
                },
                now,
            )
        };
        assert_eq!(since(10 * DAY), Some(0));
        assert_eq!(since(9 * DAY + 1), Some(0));
        assert_eq!(since(9 * DAY), Some(1));
        assert_eq!(since(-DAY), Some(11));
        assert_eq!(since(10 * DAY + 1), None);
        assert_eq!(since(i64::MAX), None);
        assert!(since(i64::MIN).is_some());
    }
}
