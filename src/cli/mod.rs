//! The command line: arguments, plans, and where output goes. The only part of Keyward that knows clap, prints or
//! decides on an exit code.

mod args;
mod hook;
mod output;
mod plan;
mod progress;
mod rules;
mod scan;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use keyward::coverage::Coverage;
use keyward::diagnostic::InvalidFile;
use keyward::hook::HookError;
use keyward::rule::RuleSetError;
use keyward::source::changes::ChangesError;
use keyward::source::repository::RepositoryError;
use keyward::source::worktree::WorktreeError;

use args::{Cli, Command};
use output::OutputError;

/// What ends a command early. `main` prints it, with [`CliError::help`] below, and exits with 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error("{}: no such file or folder", .0.display())]
    NoSuchPath(PathBuf),
    #[error("{}: {source}", path.display())]
    Path { path: PathBuf, source: io::Error },
    #[error("the current folder cannot be determined: {0}")]
    CurrentFolder(io::Error),
    #[error("`-` (standard input) cannot be scanned together with paths")]
    StdinAndPaths,
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    #[error(transparent)]
    Worktree(#[from] WorktreeError),
    #[error(transparent)]
    Rules(#[from] RuleSetError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Hook(#[from] HookError),
    /// Shows the place and what to do itself.
    #[error(transparent)]
    File(#[from] InvalidFile),
    #[error("standard input: {0}")]
    Stdin(io::Error),
    #[error(transparent)]
    Changes(#[from] ChangesError),
    #[error("cannot tell where this program is: {0}")]
    Executable(io::Error),
}

impl CliError {
    /// What to do about it; empty where the message says it all.
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::NoSuchPath(_) | Self::Path { .. } => {
                "check the path; quote it if it holds spaces"
            }
            Self::StdinAndPaths => "scan standard input and paths in two runs",
            Self::Repository(RepositoryError::NotARepository { .. }) => {
                "run it inside a git repository, or scan files with: keyward dir PATH"
            }
            Self::Repository(RepositoryError::NoIndex { .. }) => {
                "scan a working tree of it, or set GIT_INDEX_FILE"
            }
            Self::Repository(RepositoryError::Untrusted { .. }) => {
                "if you trust it: git config --global --add safe.directory PATH"
            }
            Self::Repository(RepositoryError::Open { .. } | RepositoryError::Read { .. }) => {
                "check the repository with: git fsck"
            }
            Self::Repository(RepositoryError::NoReference { .. }) => {
                "list what there is with: git branch --all, git tag"
            }
            Self::Repository(RepositoryError::NoRevision { .. }) => {
                "check it with: git rev-parse; a shallow or partial clone may lack it (git fetch --unshallow)"
            }
            Self::Repository(RepositoryError::NoRange { .. }) => {
                "write A..B (commits of B that A lacks) or A...B"
            }
            Self::Repository(RepositoryError::HookInput { .. }) => {
                "this is run by git, which writes to standard input what is pushed"
            }
            Self::Hook(error) => error.help(),
            Self::Rules(RuleSetError::Unknown { .. }) => "list the rules with: keyward rules list",
            Self::Output(OutputError::File { .. }) => {
                "check that the folder exists and can be written to"
            }
            _ => "",
        }
    }
}

/// Parses the command line and runs the command.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(&cli) {
        Ok(code) => code,
        Err(error) => {
            let mut stderr = anstream::stderr().lock();
            // Nothing can be done about a closed standard error.
            let _ = match &error {
                CliError::File(_) => writeln!(stderr, "{error}"),
                _ => writeln!(stderr, "error: {error}"),
            };
            let help = error.help();
            if !help.is_empty() {
                let _ = writeln!(stderr, "help: {help}");
            }
            ExitCode::from(2)
        }
    }
}

fn dispatch(cli: &Cli) -> Result<ExitCode, CliError> {
    match &cli.command {
        Command::Scan(command) => scan::scan(command),
        Command::Dir(command) => scan::dir(command),
        Command::Git(command) => scan::git(command),
        Command::Stdin(command) => scan::stdin(command),
        Command::Changes(command) => scan::changes(command),
        Command::Rules(command) => rules::run(command),
        Command::Explain(command) => rules::explain(command),
        Command::Hook(command) => hook::run(command),
        Command::Completions(command) => {
            let mut script = Vec::new();
            clap_complete::generate(command.shell, &mut Cli::command(), "keyward", &mut script);
            output::print(&String::from_utf8_lossy(&script))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Man => man(),
    }
}

/// The manual of the command and of every subcommand, one after the other.
fn man() -> Result<ExitCode, CliError> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let rendered = clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .and_then(|()| {
            command
                .get_subcommands()
                .filter(|sub| !sub.is_hide_set())
                .try_for_each(|sub| {
                    let name = format!("keyward-{}", sub.get_name());
                    clap_mangen::Man::new(sub.clone().name(name)).render(&mut page)
                })
        });
    rendered.map_err(OutputError::Stdout)?;
    output::print(&String::from_utf8_lossy(&page))?;
    Ok(ExitCode::SUCCESS)
}

/// Width of the terminal on standard output; `None` when it is none.
fn terminal_width() -> Option<usize> {
    use std::io::IsTerminal as _;
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| usize::from(width))
}

/// Says on standard error what a report in a file or for a machine holds too: the scan is not complete.
fn print_incomplete(coverage: &Coverage) {
    let count: u64 = coverage
        .skipped
        .iter()
        .filter(|(reason, _)| reason.is_incomplete())
        .map(|(_, count)| count)
        .sum();
    let mut stderr = io::stderr().lock();
    let _ = writeln!(
        stderr,
        "error: the scan is incomplete: {count} could not be read"
    );
    for skip in coverage.incomplete.iter().take(10) {
        let _ = writeln!(stderr, "  {skip}");
    }
}

fn print_stats(coverage: &Coverage, elapsed: std::time::Duration) {
    let microseconds = elapsed.as_micros().max(1) as u64;
    let _ = writeln!(
        io::stderr(),
        "stats: {} blobs, {} bytes in {}.{:03} ms: {} MB/s",
        coverage.blobs,
        coverage.bytes,
        microseconds / 1000,
        microseconds % 1000,
        coverage.bytes / microseconds
    );
}
