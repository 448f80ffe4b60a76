//! `keyward hook`: installs, removes and describes the git hook, and runs what it runs.

use std::env;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use keyward::hook::{self, Before, Binary, State};
use keyward::source::repository::Repository;

use super::args::{HookAction, HookCommand, HookName};
use super::output::print;
use super::{CliError, scan};

pub(crate) fn run(command: &HookCommand) -> Result<ExitCode, CliError> {
    match &command.action {
        HookAction::Run {
            name,
            arguments,
            common,
        } => match name {
            HookName::PreCommit => scan::pre_commit(common),
            HookName::PrePush => scan::pre_push(arguments, common),
            HookName::PreReceive => scan::pre_receive(common),
        },
        HookAction::Install { repository } => install(repository),
        HookAction::Uninstall { repository } => uninstall(repository),
        HookAction::Status { repository } => status(repository),
    }
}

fn install(path: &Path) -> Result<ExitCode, CliError> {
    let repository = Repository::discover(path)?;
    let executable = env::current_exe().map_err(CliError::Executable)?;
    let installed = hook::install(&repository, &executable)?;
    let hook = installed.hook.display();
    let mut text = match installed.before {
        Before::Same => format!("already installed: {hook}\n"),
        Before::Older => format!("refreshed: {hook}\n"),
        Before::Nothing | Before::Another => format!("installed: {hook}\n"),
    };
    if let Some(earlier) = &installed.earlier {
        let _ = writeln!(
            text,
            "the hook that was there runs first: {}",
            earlier.path.display()
        );
    }
    for note in &installed.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text.push_str("every commit is now checked; undo with: keyward hook uninstall\n");
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn uninstall(path: &Path) -> Result<ExitCode, CliError> {
    let repository = Repository::discover(path)?;
    let removed = hook::uninstall(&repository)?;
    let mut text = format!("removed: {}\n", removed.hook.display());
    if removed.restored {
        text.push_str("the hook that was there before is back in its place\n");
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Exit code 0 when commits are checked, 1 when they are not.
fn status(path: &Path) -> Result<ExitCode, CliError> {
    let repository = Repository::discover(path)?;
    let status = hook::status(&repository, env::var_os("PATH").as_deref())?;
    let hook = status.hook.display();
    let mut active = false;
    let mut text = match &status.state {
        State::NotInstalled => format!("not installed: there is no {hook}\n"),
        State::Installed { binary, outdated } => {
            active = !matches!(binary, Binary::Missing);
            let runs = match binary {
                Binary::Recorded(path) => format!("runs {}", path.display()),
                Binary::OnPath(path) => format!("runs {} (found on PATH)", path.display()),
                Binary::Missing => "finds no keyward to run, so every commit is stopped".to_owned(),
            };
            let outdated = if *outdated {
                "; another version wrote it: run keyward hook install"
            } else {
                ""
            };
            format!("installed: {hook} {runs}{outdated}\n")
        }
        State::NotExecutable => {
            format!("installed, but git ignores it because it is not executable: {hook}\n")
        }
        State::Elsewhere { installed } => format!(
            "installed at {}, but core.hooksPath has git run {hook}\n",
            installed.display()
        ),
        State::Other { manager, replaced } => {
            let of = manager.map_or_else(|| "another tool".to_owned(), |m| m.name.to_owned());
            let how = if *replaced {
                "was replaced by"
            } else {
                "is that of"
            };
            format!("not installed: the hook {how} {of}: {hook}\n")
        }
    };
    if let Some(earlier) = &status.earlier {
        let _ = writeln!(text, "earlier hook: {}", earlier.path.display());
    }
    print(&text)?;
    Ok(ExitCode::from(u8::from(!active)))
}
