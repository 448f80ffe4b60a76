//! `keyward scan`, `dir`, `git` and `stdin`: runs a plan and writes its reports.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use keyward::detect::Detector;
use keyward::report::{Notice, NoticeLevel, Report, ScanInfo, Style};
use keyward::rule::Severity;
use keyward::scan::{Outcome, Scan};
use keyward::source::repository::Repository;
use keyward::source::{staged, stdin, worktree};

use super::CliError;
use super::args::{
    ColorArg, CommonArgs, DirCommand, GitCommand, ScanCommand, StdinCommand, WalkArgs,
};
use super::output::{self, Output};
use super::plan::{self, Root, Settings};
use super::progress;

pub(crate) fn scan(command: &ScanCommand) -> Result<ExitCode, CliError> {
    if command.paths.iter().any(|path| path == Path::new("-")) {
        if command.paths.len() > 1 {
            return Err(CliError::StdinAndPaths);
        }
        return read_stdin(&command.walk.stdin_name, &command.common);
    }
    walk(
        &command.paths,
        &command.walk,
        &command.common,
        "working-tree",
    )
}

pub(crate) fn dir(command: &DirCommand) -> Result<ExitCode, CliError> {
    walk(&command.paths, &command.walk, &command.common, "files")
}

pub(crate) fn stdin(command: &StdinCommand) -> Result<ExitCode, CliError> {
    read_stdin(&command.stdin_name, &command.common)
}

pub(crate) fn git(command: &GitCommand) -> Result<ExitCode, CliError> {
    scan_staged(&command.repository, &command.globs, &command.common)
}

pub(crate) fn pre_commit(common: &CommonArgs) -> Result<ExitCode, CliError> {
    scan_staged(Path::new("."), &[], common)
}

fn walk(
    paths: &[PathBuf],
    args: &WalkArgs,
    common: &CommonArgs,
    source: &'static str,
) -> Result<ExitCode, CliError> {
    let paths = plan::absolute(paths)?;
    let root = Root::of_paths(&paths)?;
    let source = if root.repository.is_some() {
        source
    } else {
        "files"
    };
    let mut plan = Plan::new(root, common, source)?;
    plan.whole =
        paths == [plan.root.folder.clone()] && args.globs.is_empty() && plan.settings.all_rules;
    let options = worktree::Options {
        root: plan.root.folder.clone(),
        paths,
        follow: args.follow,
        no_ignore: args.no_ignore,
        globs: args.globs.clone(),
        exclude: plan.settings.exclude.clone(),
        max_size: plan.settings.max_size,
        threads: common.threads.unwrap_or(0),
    };
    plan.run(common, |scan, _| Ok(worktree::run(scan, &options)?))
}

fn read_stdin(name: &str, common: &CommonArgs) -> Result<ExitCode, CliError> {
    let plan = Plan::new(Root::of_stdin()?, common, "stdin")?;
    plan.run(common, |scan, _| {
        stdin::run(scan, name, std::io::stdin().lock());
        Ok(())
    })
}

fn scan_staged(path: &Path, globs: &[String], common: &CommonArgs) -> Result<ExitCode, CliError> {
    let plan = Plan::new(Root::of_repository(path)?, common, "index")?;
    let options = staged::Options {
        exclude: plan.settings.exclude.clone(),
        globs: worktree::overrides(&plan.root.folder, globs)?,
        max_size: plan.settings.max_size,
    };
    plan.run(common, |scan, root| {
        Ok(staged::run(scan, root.repository()?, &options)?)
    })
}

/// Everything a scan needs, resolved.
struct Plan {
    root: Root,
    source: &'static str,
    /// Whether everything below the root is scanned with every rule.
    whole: bool,
    settings: Settings,
    outputs: Vec<Output>,
    style: Style,
}

impl Plan {
    fn new(root: Root, common: &CommonArgs, source: &'static str) -> Result<Self, CliError> {
        let outputs = output::resolve(common.format, &common.outputs)?;
        let settings = Settings::resolve(&root, common)?;
        let style = style(common);
        Ok(Self {
            root,
            source,
            whole: false,
            settings,
            outputs,
            style,
        })
    }

    /// Scans with `work` and writes the reports.
    fn run(
        self,
        common: &CommonArgs,
        work: impl FnOnce(&Scan<'_>, &Root) -> Result<(), CliError>,
    ) -> Result<ExitCode, CliError> {
        let started = SystemTime::now();
        let clock = Instant::now();
        let detector = Detector::new(self.settings.rules);
        let scan = Scan::new(&detector, self.settings.options);
        progress::during(&scan, !common.quiet, || work(&scan, &self.root))?;
        let outcome = scan.finish();
        let elapsed = clock.elapsed();
        let mut notices = self.settings.notices;
        notices.extend(warnings(&outcome, self.whole));
        let repository = self.root.repository.as_ref();
        let info = ScanInfo {
            source: self.source,
            in_repository: repository.is_some(),
            revision: repository.and_then(Repository::revision),
            branch: repository.and_then(Repository::branch),
            remote: repository.and_then(Repository::remote),
            root: self.root.folder,
            display_prefix: self.root.prefix,
            started,
            ended: started + elapsed,
            notices,
            show_secrets: common.show_secrets,
        };
        let report = Report {
            rules: detector.rules(),
            findings: &outcome.findings,
            coverage: &outcome.coverage,
            info: &info,
        };
        for output in &self.outputs {
            output::write(output, &report, &self.style)?;
        }
        let said = self
            .outputs
            .iter()
            .any(|o| o.target == output::Target::Stdout && o.format.name == "human");
        if !outcome.coverage.is_complete() && !said {
            super::print_incomplete(&outcome.coverage);
        }
        if common.stats {
            super::print_stats(&outcome.coverage, elapsed);
        }
        Ok(exit_code(common, &outcome))
    }
}

/// What the suppressions have to say. Only a scan of everything can tell that an entry is of no use.
fn warnings(outcome: &Outcome, whole: bool) -> Vec<Notice> {
    let mut messages = outcome.suppressions.expired();
    if whole && outcome.coverage.is_complete() {
        messages.extend(outcome.suppressions.unused());
    }
    messages
        .into_iter()
        .map(|message| Notice {
            level: NoticeLevel::Warning,
            message,
        })
        .collect()
}

/// Incomplete beats findings, and findings beat nothing.
fn exit_code(common: &CommonArgs, outcome: &Outcome) -> ExitCode {
    if !outcome.coverage.is_complete() && !common.allow_incomplete {
        return ExitCode::from(2);
    }
    let least = Severity::from(common.fail_on);
    let failing = outcome
        .findings
        .iter()
        .any(|f| !f.is_suppressed() && f.severity >= least);
    if failing {
        ExitCode::from(common.exit_code)
    } else {
        ExitCode::SUCCESS
    }
}

/// Whether standard output gets colours: `NO_COLOR`, `CLICOLOR_FORCE` and the terminal decide unless asked.
pub(crate) fn wants_color(color: ColorArg) -> bool {
    match color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => {
            let stdout = std::io::stdout();
            anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never
        }
    }
}

fn style(common: &CommonArgs) -> Style {
    Style {
        color: wants_color(common.color),
        width: super::terminal_width(),
        verbose: common.verbose > 0,
        quiet: common.quiet,
    }
}
