//! The end of the terminal format: remarks, what could not be scanned, what to do next, and one line that sums up.

use std::io::{self, Write};
use std::time::Duration;

use super::super::{NoticeLevel, Report, Style, grouped};
use super::palette::Palette;
use crate::coverage::SkipReason;
use crate::finding::Finding;
use crate::rule::Severity;
use crate::text::sanitize;

/// Things not scanned that are listed; more are only counted.
const LISTED_SKIPS: usize = 10;

/// Writes everything that follows the findings. Nothing but one line if there is nothing to say.
pub(super) fn write(
    report: &Report<'_>,
    style: &Style,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    if !style.quiet {
        notices(report, style, palette, out)?;
    }
    incomplete(report, palette, out)?;
    if style.quiet {
        return Ok(());
    }
    advice(report, palette, out)?;
    if style.verbose {
        kept_well(report, palette, out)?;
    }
    line(report, palette, out)
}

/// Warnings; what is only for information when more detail is asked for.
fn notices(
    report: &Report<'_>,
    style: &Style,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    for notice in &report.info.notices {
        let (name, color) = match notice.level {
            NoticeLevel::Note if !style.verbose => continue,
            NoticeLevel::Note => ("note", palette.frame),
            NoticeLevel::Warning => ("warning", palette.warning),
        };
        writeln!(
            out,
            "{color}{name}{color:#}: {}",
            sanitize(notice.message.as_bytes())
        )?;
    }
    Ok(())
}

/// What makes the scan incomplete, by reason, each with its remedy.
fn incomplete(report: &Report<'_>, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    if report.coverage.is_complete() {
        return Ok(());
    }
    let (bad, frame, strong) = (palette.bad, palette.frame, palette.strong);
    let reasons = report
        .coverage
        .skipped
        .iter()
        .filter(|(reason, _)| reason.is_incomplete());
    let total: u64 = reasons.clone().map(|(_, count)| count).sum();
    let things = if total == 1 {
        "thing was"
    } else {
        "things were"
    };
    writeln!(
        out,
        "{bad}incomplete{bad:#}{strong}: {} {things} not scanned, and may hold secrets that this report misses{strong:#}",
        grouped(total),
    )?;
    let mut listed = 0;
    for (&reason, _) in reasons {
        let skips = report
            .coverage
            .incomplete
            .iter()
            .filter(|skip| skip.reason == reason);
        for skip in skips.take(LISTED_SKIPS - listed) {
            let subject = report.info.display_prefix.apply(&skip.subject);
            write!(out, "  {frame}-->{frame:#} {subject}: {}", spoken(reason))?;
            if !skip.detail.is_empty() {
                write!(out, " ({})", sanitize(skip.detail.as_bytes()))?;
            }
            writeln!(out)?;
            listed += 1;
        }
        writeln!(
            out,
            "   {frame}={frame:#} {strong}help:{strong:#} {}: {}",
            spoken(reason),
            reason.help(),
        )?;
    }
    let unlisted = total.saturating_sub(listed as u64);
    if unlisted > 0 {
        writeln!(out, "   {frame}={frame:#} and {} more", grouped(unlisted))?;
    }
    writeln!(out)
}

/// In the commit hook: the ways on, the right one first. Bypassing all hooks is not among them.
fn advice(report: &Report<'_>, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    if report.info.source != "index" {
        return Ok(());
    }
    let mut ids: Vec<String> = reported(report)
        .map(|f| sanitize(report.rules.get(f.rule).id.as_bytes()))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let rule = match ids.as_slice() {
        [] => return Ok(()),
        [only] => only.as_str(),
        _ => "RULE",
    };
    let strong = palette.strong;
    writeln!(
        out,
        "{strong}The staged changes hold secrets. What to do:{strong:#}"
    )?;
    writeln!(
        out,
        "  1. Take the secret out of the commit; rotate it if it ever left this machine (keyward explain {rule})."
    )?;
    writeln!(
        out,
        "  2. If it is no secret, ignore it and say why: `keyward:allow {rule} -- reason` on its line, or its \
         fingerprint in .keywardignore."
    )?;
    writeln!(
        out,
        "  3. To commit once without this check: SKIP=keyward git commit"
    )?;
    writeln!(out)
}

/// What is kept as it should be, by kind.
fn kept_well(report: &Report<'_>, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.coverage.kept.counts();
    if counts.is_empty() {
        return Ok(());
    }
    let listed: Vec<String> = counts
        .into_iter()
        .map(|(practice, count)| {
            let (one, many) = practice.nouns();
            format!("{} {}", grouped(count), if count == 1 { one } else { many })
        })
        .collect();
    let good = palette.good;
    writeln!(out, "{good}kept well{good:#}: {}", listed.join(", "))
}

/// The last line: what was found, what was covered, what was left out.
fn line(report: &Report<'_>, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    let complete = report.coverage.is_complete();
    let found = reported(report).count() as u64;
    let suppressed = report.findings.len() as u64 - found;
    let (bad, good, warning) = (palette.bad, palette.good, palette.warning);
    match (found, complete) {
        (0, true) => write!(out, "{good}no secrets found{good:#}")?,
        (0, false) => write!(
            out,
            "{bad}incomplete{bad:#}: {warning}no secrets found in what was scanned{warning:#}"
        )?,
        _ => {
            if !complete {
                write!(out, "{bad}incomplete{bad:#}: ")?;
            }
            let secrets = if found == 1 { "secret" } else { "secrets" };
            write!(
                out,
                "{bad}{} {secrets} found{bad:#} ({})",
                grouped(found),
                severities(report)
            )?;
        }
    }
    if suppressed > 0 {
        write!(out, ", {} suppressed", grouped(suppressed))?;
    }
    let elapsed = report
        .info
        .ended
        .duration_since(report.info.started)
        .unwrap_or_default();
    write!(
        out,
        "; scanned {}{}, {} in {}",
        commits(report),
        blobs(report),
        size(report.coverage.bytes),
        duration(elapsed)
    )?;
    let skipped: Vec<String> = report
        .coverage
        .skipped
        .iter()
        .map(|(reason, count)| {
            let skipped = format!("{} {}", grouped(*count), spoken(*reason));
            match reason.help() {
                // What makes a scan incomplete has its remedy above.
                help if !help.is_empty() && !reason.is_incomplete() => {
                    format!("{skipped} ({help})")
                }
                _ => skipped,
            }
        })
        .collect();
    if !skipped.is_empty() {
        write!(out, "; skipped {}", skipped.join(", "))?;
    }
    writeln!(out)
}

fn reported<'r>(report: &Report<'r>) -> impl Iterator<Item = &'r Finding> {
    report
        .findings
        .iter()
        .filter(|finding| !finding.is_suppressed())
}

/// `1 critical, 2 high`, worst first.
fn severities(report: &Report<'_>) -> String {
    let counts: Vec<String> = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
    ]
    .into_iter()
    .filter_map(|severity| {
        let count = reported(report)
            .filter(|finding| finding.severity == severity)
            .count() as u64;
        (count > 0).then(|| format!("{} {}", grouped(count), severity.name()))
    })
    .collect();
    counts.join(", ")
}

/// How many commits, with a comma behind, where a history was scanned.
fn commits(report: &Report<'_>) -> String {
    match report.coverage.commits {
        0 => String::new(),
        1 => "1 commit, ".to_owned(),
        count => format!("{} commits, ", grouped(count)),
    }
}

/// How many blobs, by the name that the source's users know them by.
fn blobs(report: &Report<'_>) -> String {
    let count = report.coverage.blobs;
    let (one, many) = match report.info.source {
        // Files and blobs are not counted apart.
        _ if report.coverage.commits > 0 => ("blob", "blobs"),
        "repository" | "working-tree" | "files" | "changes" => ("file", "files"),
        "index" => ("staged file", "staged files"),
        "stdin" => ("input", "inputs"),
        _ => ("blob", "blobs"),
    };
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A reason as words.
fn spoken(reason: SkipReason) -> String {
    reason.name().replace('-', " ")
}

/// Bytes in decimal units, as disks and networks count.
fn size(bytes: u64) -> String {
    if bytes == 1 {
        return "1 byte".to_owned();
    }
    let units = [
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000_u64),
    ];
    match units.iter().rev().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => {
            let (whole, tenth) = (bytes / unit, bytes % unit / (unit / 10));
            if whole >= 100 {
                format!("{} {name}", grouped(whole))
            } else {
                format!("{whole}.{tenth} {name}")
            }
        }
        None => format!("{bytes} bytes"),
    }
}

/// A duration to two or three digits.
fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0 => format!("{} ms", elapsed.as_millis()),
        1..60 => format!("{seconds}.{} s", elapsed.subsec_millis() / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", grouped(seconds / 3600), seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(size(0), "0 bytes");
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1_050), "1.0 kB");
        assert_eq!(size(5_370_000), "5.3 MB");
        assert_eq!(size(250_000_000), "250 MB");
        assert_eq!(size(u64::MAX), "18,446,744 TB");
        assert_eq!(duration(Duration::from_micros(999_900)), "999 ms");
        assert_eq!(duration(Duration::from_millis(4_260)), "4.2 s");
        assert_eq!(duration(Duration::from_secs(200)), "3 min 20 s");
        assert_eq!(duration(Duration::from_secs(7_300)), "2 h 1 min");
    }
}
