//! A progress line on standard error, for scans that take more than a second on a terminal.

use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use keyward::scan::Scan;

const DELAY: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(100);

/// While it is not known how much there is.
const SPINNER: &str = "{spinner} {elapsed_precise} {msg}";
/// Once it is: with the time left.
const BAR: &str = "{elapsed_precise} [{bar:24}] {percent}% {msg}, {eta} left";

fn show(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}

/// Runs `work` and shows how the scan gets on meanwhile.
pub(crate) fn during<T>(scan: &Scan<'_>, enabled: bool, work: impl FnOnce() -> T) -> T {
    if !enabled || !std::io::stderr().is_terminal() {
        return work();
    }
    let (done, wait) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if wait.recv_timeout(DELAY) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::new_spinner().with_elapsed(DELAY);
            show(&bar, SPINNER);
            let mut counted = false;
            while wait.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let progress = scan.progress();
                let blobs = progress.blobs.load(Ordering::Relaxed);
                let bytes = progress.bytes.load(Ordering::Relaxed);
                let matches = progress.matches.load(Ordering::Relaxed);
                let total = progress.total.load(Ordering::Relaxed);
                if total > 0 && !counted {
                    counted = true;
                    show(&bar, BAR);
                }
                let milliseconds = bar.elapsed().as_millis().max(1) as u64;
                let rate = bytes.saturating_mul(1000) / milliseconds;
                let what = if total > 0 { "objects" } else { "files" };
                bar.set_message(format!(
                    "{} {what}, {} ({}/s), {} found",
                    HumanCount(blobs),
                    HumanBytes(bytes),
                    HumanBytes(rate),
                    HumanCount(matches)
                ));
                if total > 0 {
                    bar.set_length(total.max(blobs));
                    bar.set_position(blobs);
                }
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}
