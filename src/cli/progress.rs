//! A progress line on standard error, for scans that take more than a second on a terminal.

use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use keyward::scan::Scan;

const DELAY: Duration = Duration::from_secs(1);
const INTERVAL: Duration = Duration::from_millis(100);

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
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}") {
                bar.set_style(style);
            }
            while wait.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let progress = scan.progress();
                let blobs = progress.blobs.load(Ordering::Relaxed);
                let bytes = progress.bytes.load(Ordering::Relaxed);
                let matches = progress.matches.load(Ordering::Relaxed);
                let milliseconds = bar.elapsed().as_millis().max(1) as u64;
                let rate = bytes.saturating_mul(1000) / milliseconds;
                bar.set_message(format!(
                    "{} files, {} ({}/s), {} matches",
                    HumanCount(blobs),
                    HumanBytes(bytes),
                    HumanBytes(rate),
                    HumanCount(matches)
                ));
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}
