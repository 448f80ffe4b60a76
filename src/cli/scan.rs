//! `keyward scan`, `dir`, `git` and `stdin`: runs a plan and writes its reports.

use std::env;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use keyward::coverage::SkipReason;
use keyward::detect::Detector;
use keyward::finding::BlobPath;
use keyward::report::{Notice, NoticeLevel, Report, ScanInfo, Style};
use keyward::rule::Severity;
use keyward::scan::{Outcome, Scan};
use keyward::source::history::content::Method;
use keyward::source::range::{self, Range, resolve};
use keyward::source::repository::Repository;
use keyward::source::{PathFilter, archive, changes, history, staged, stdin, worktree};

use super::CliError;
use super::args::{
    ChangesCommand, ColorArg, CommonArgs, DirCommand, GitCommand, HistoryArgs, ScanCommand,
    StdinCommand, WalkArgs,
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
    let with_history = !command.no_history;
    walk(&command.paths, &command.walk, &command.common, with_history)
}

pub(crate) fn dir(command: &DirCommand) -> Result<ExitCode, CliError> {
    walk(&command.paths, &command.walk, &command.common, false)
}

pub(crate) fn stdin(command: &StdinCommand) -> Result<ExitCode, CliError> {
    read_stdin(&command.stdin_name, &command.common)
}

pub(crate) fn git(command: &GitCommand) -> Result<ExitCode, CliError> {
    if command.staged {
        return scan_staged(&command.repository, &command.globs, &command.common, false);
    }
    let root = Root::of_repository(&command.repository)?;
    let args = &command.history;
    let range = if let Some(range) = &args.range {
        resolve::between(root.repository()?, range)?
    } else if let Some(since) = &args.since {
        let tips = resolve::tips(root.repository()?, &args.branches)?;
        resolve::since(root.repository()?, since, tips)?
    } else {
        let plan = Plan::new(root, &command.common, "history")?;
        return plan.scan_history(args, &command.globs, &command.common);
    };
    let plan = Plan::new(root, &command.common, "range")?;
    plan.scan_range(&range, None, &command.globs, &command.common)
}

pub(crate) fn changes(command: &ChangesCommand) -> Result<ExitCode, CliError> {
    let (globs, common) = (&command.globs, &command.common);
    let plan = Plan::new(Root::of_repository(&command.repository)?, common, "changes")?;
    let mut history = history_options(&plan, &HistoryArgs::default(), globs, common)?;
    history.unreachable = false;
    let options = changes::Options {
        staged: staged::Options {
            filter: plan.filter(globs)?,
            max_size: plan.settings.max_size,
            archives: plan.archives(globs)?,
        },
        files: worktree::Options {
            root: plan.root.folder.clone(),
            paths: vec![plan.root.folder.clone()],
            globs: globs.clone(),
            exclude: plan.settings.exclude.clone(),
            max_size: plan.settings.max_size,
            threads: common.threads.unwrap_or(0),
            archives: plan.archives(globs)?,
            ..worktree::Options::default()
        },
        commits: range_options(&plan, globs, common, Some(false))?,
        history,
    };
    plan.run(common, |scan, root| {
        Ok(changes::run(scan, root.repository()?, options)?)
    })
}

/// What git is about to push: it says on standard input what. The pre-commit framework says it in the environment.
pub(crate) fn pre_push(arguments: &[String], common: &CommonArgs) -> Result<ExitCode, CliError> {
    let root = Root::of_repository(Path::new("."))?;
    let repository = root.repository()?;
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let from = variable("PRE_COMMIT_FROM_REF");
    let remote = variable("PRE_COMMIT_REMOTE_NAME");
    let range = if let (Some(from), Some(to)) = (from, variable("PRE_COMMIT_TO_REF")) {
        resolve::framework(repository, &from, &to)?
    } else if let Some(branch) = variable("PRE_COMMIT_LOCAL_BRANCH") {
        let tip = resolve::revision(repository, &branch)?;
        resolve::unpushed(repository, remote.as_deref(), vec![tip])
    } else if io::stdin().is_terminal() {
        let tip = resolve::revision(repository, "HEAD")?;
        resolve::unpushed(repository, None, vec![tip])
    } else {
        let remote = arguments.first().map(String::as_str);
        resolve::push(repository, remote, &hook_input()?)?
    };
    scan_pushed(root, &range, common)
}

/// What a push brings, before it is accepted.
pub(crate) fn pre_receive(common: &CommonArgs) -> Result<ExitCode, CliError> {
    let root = Root::of_repository(Path::new("."))?;
    let range = resolve::receive(root.repository()?, &hook_input()?)?;
    scan_pushed(root, &range, common)
}

/// A range, in a hook.
fn scan_pushed(root: Root, range: &Range, common: &CommonArgs) -> Result<ExitCode, CliError> {
    let plan = Plan::in_hook(root, common, "range")?;
    plan.scan_range(range, Some(false), &[], common)
}

fn hook_input() -> Result<String, CliError> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(CliError::Stdin)?;
    Ok(text)
}

fn range_options(
    plan: &Plan,
    globs: &[String],
    common: &CommonArgs,
    pushed: Option<bool>,
) -> Result<range::Options, CliError> {
    Ok(range::Options {
        filter: plan.filter(globs)?,
        max_size: plan.settings.max_size,
        archives: plan.archives(globs)?,
        threads: common.threads.unwrap_or(0),
        pushed,
    })
}

pub(crate) fn pre_commit(common: &CommonArgs) -> Result<ExitCode, CliError> {
    scan_staged(Path::new("."), &[], common, true)
}

/// Files, and the history too where they are the whole of a repository.
fn walk(
    paths: &[PathBuf],
    args: &WalkArgs,
    common: &CommonArgs,
    with_history: bool,
) -> Result<ExitCode, CliError> {
    if let (true, [path]) = (with_history, paths)
        && let Some(root) = Root::of_bare_repository(path)?
    {
        let plan = Plan::new(root, common, "history")?;
        return plan.scan_history(&HistoryArgs::default(), &args.globs, common);
    }
    let paths = plan::absolute(paths)?;
    let root = Root::of_paths(&paths)?;
    let everything = paths == [root.folder.clone()];
    let source = match &root.repository {
        None => "files",
        Some(_) if with_history && everything => "repository",
        Some(_) => "working-tree",
    };
    let mut plan = Plan::new(root, common, source)?;
    plan.whole = everything && args.globs.is_empty() && plan.settings.all_rules;
    let files = worktree::Options {
        root: plan.root.folder.clone(),
        paths,
        follow: args.follow,
        no_ignore: args.no_ignore,
        globs: args.globs.clone(),
        exclude: plan.settings.exclude.clone(),
        max_size: plan.settings.max_size,
        threads: common.threads.unwrap_or(0),
        archives: plan.archives(&args.globs)?,
        base: None,
    };
    let past = history_options(&plan, &HistoryArgs::default(), &args.globs, common)?;
    plan.run(common, |scan, root| {
        worktree::run(scan, &files)?;
        match (&root.repository, &root.unusable) {
            (Some(repository), _) if source == "repository" => {
                history::run(scan, repository, &past)?;
            }
            (None, Some(error)) if with_history && everything => {
                let subject = BlobPath::from_bytes(b".git".to_vec());
                scan.worker()
                    .skip(SkipReason::Unreadable, subject, error.to_string());
            }
            _ => {}
        }
        Ok(())
    })
}

fn history_options(
    plan: &Plan,
    args: &HistoryArgs,
    globs: &[String],
    common: &CommonArgs,
) -> Result<history::Options, CliError> {
    Ok(history::Options {
        method: if args.no_delta {
            Method::Whole
        } else {
            Method::Delta
        },
        references: args.branches.clone(),
        unreachable: !args.no_unreachable,
        filter: plan.filter(globs)?,
        max_size: plan.settings.max_size,
        archives: plan.archives(globs)?,
        threads: common.threads.unwrap_or(0),
        submodules: args.submodules,
        prefix: Vec::new(),
    })
}

fn read_stdin(name: &str, common: &CommonArgs) -> Result<ExitCode, CliError> {
    let plan = Plan::new(Root::of_stdin()?, common, "stdin")?;
    let archives = plan.archives(&[])?;
    plan.run(common, |scan, _| {
        stdin::run(scan, name, std::io::stdin().lock(), archives.as_ref());
        Ok(())
    })
}

fn scan_staged(
    path: &Path,
    globs: &[String],
    common: &CommonArgs,
    in_hook: bool,
) -> Result<ExitCode, CliError> {
    let root = Root::of_repository(path)?;
    let plan = if in_hook {
        Plan::in_hook(root, common, "index")?
    } else {
        Plan::new(root, common, "index")?
    };
    let options = staged::Options {
        filter: plan.filter(globs)?,
        max_size: plan.settings.max_size,
        archives: plan.archives(globs)?,
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

    /// A plan for a hook. A commit or push does not wait for archives because scans of everything open them.
    fn in_hook(root: Root, common: &CommonArgs, source: &'static str) -> Result<Self, CliError> {
        let mut plan = Self::new(root, common, source)?;
        plan.settings.archives = common.archives;
        Ok(plan)
    }

    /// Scans a range of a history.
    fn scan_range(
        self,
        range: &Range,
        pushed: Option<bool>,
        globs: &[String],
        common: &CommonArgs,
    ) -> Result<ExitCode, CliError> {
        let options = range_options(&self, globs, common, pushed)?;
        self.run(common, |scan, root| {
            range::run(scan, root.repository()?, range, &options);
            Ok(())
        })
    }

    /// Scans a history and nothing else.
    fn scan_history(
        self,
        args: &HistoryArgs,
        globs: &[String],
        common: &CommonArgs,
    ) -> Result<ExitCode, CliError> {
        let options = history_options(&self, args, globs, common)?;
        self.run(common, |scan, root| {
            Ok(history::run(scan, root.repository()?, &options)?)
        })
    }

    /// Which paths of the repository are left out.
    fn filter(&self, globs: &[String]) -> Result<PathFilter, CliError> {
        Ok(PathFilter {
            exclude: self.settings.exclude.clone(),
            globs: worktree::overrides(&self.root.folder, globs)?,
        })
    }

    /// How archives are opened, if they are.
    fn archives(&self, globs: &[String]) -> Result<Option<archive::Options>, CliError> {
        if !self.settings.archives {
            return Ok(None);
        }
        // Globs that select have selected the archive: what is in it need not match them too.
        let dropping: Vec<String> = globs
            .iter()
            .filter(|g| g.starts_with('!'))
            .cloned()
            .collect();
        Ok(Some(archive::Options {
            filter: self.filter(&dropping)?,
            max_size: self.settings.max_size,
            limits: archive::Limits::default(),
        }))
    }

    /// Scans with `work` and writes the reports.
    fn run(
        self,
        common: &CommonArgs,
        work: impl FnOnce(&Scan<'_>, &Root) -> Result<(), CliError>,
    ) -> Result<ExitCode, CliError> {
        // Every format tells by the same moment whether something has expired.
        let started = self.settings.options.now;
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
        explain_score: common.explain_score,
    }
}
