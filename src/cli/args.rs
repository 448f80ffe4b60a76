//! The command line as written: flags and their help, nothing resolved.
//!
//! Must not read files or the environment (clap's own `env` aside): `plan` does.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

/// Finds leaked credentials in files and git, and says how to rotate them.
#[derive(Debug, Parser)]
#[command(
    name = "keyward",
    version,
    about,
    long_about = "Finds leaked credentials in files and git, and says how to rotate them.\n\n\
                  Works offline, masks every secret it prints, writes nothing to the repository.",
    after_help = "Exit codes: 0 everything was scanned and nothing found; 1 findings; 2 an error, or something could not be \
                  scanned.\nDocumentation of a finding: keyward explain RULE",
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan paths: a repository's working tree and history, any folder or file, or `-` for standard input
    Scan(ScanCommand),
    /// Scan the files below folders, whether they are repositories or not
    Dir(DirCommand),
    /// Scan what git holds: a repository's history, a range of it, or what is staged
    Git(GitCommand),
    /// Scan what the next push could leak: staged, changed and untracked files, and commits that no remote has
    Changes(ChangesCommand),
    /// Scan standard input
    Stdin(StdinCommand),
    /// List, show and check rules
    Rules(RulesCommand),
    /// Explain a rule: what it finds, why it matters, how to rotate the credential
    Explain(ExplainCommand),
    /// Install and run git hooks
    Hook(HookCommand),
    /// Print a completion script for a shell
    Completions(CompletionsCommand),
    /// Print the manual page in roff
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct ScanCommand {
    /// What to scan; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    /// Scan the files of a repository, but not its history
    #[arg(long, help_heading = "Input")]
    pub(crate) no_history: bool,
    #[command(flatten)]
    pub(crate) walk: WalkArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DirCommand {
    /// Folders and files to scan
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) walk: WalkArgs,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GitCommand {
    /// The repository, or any folder in it
    #[arg(value_name = "REPO", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) repository: PathBuf,
    /// Scan the index: what the next commit would add to HEAD
    #[arg(long, conflicts_with_all = ["range", "since", "branches", "all", "submodules", "no_unreachable", "no_delta"], help_heading = "Input")]
    pub(crate) staged: bool,
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    /// Scan only paths that match GLOB; with a leading `!`, all but those [repeatable]
    #[arg(
        short = 'g',
        long = "glob",
        value_name = "GLOB",
        help_heading = "Input"
    )]
    pub(crate) globs: Vec<String>,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// Which part of a history.
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the command line.
#[derive(Debug, Args, Default)]
pub(crate) struct HistoryArgs {
    /// Scan only what the commits of a range bring in: `A..B` those of B that A lacks, `A...B` those that only one of them
    /// has
    #[arg(long, value_name = "RANGE", conflicts_with_all = ["since", "all", "branches"], help_heading = "Input")]
    pub(crate) range: Option<String>,
    /// Scan only what commits after a revision, or since a date (`2026-01-31`), bring in
    #[arg(long, value_name = "REV|DATE", help_heading = "Input")]
    pub(crate) since: Option<String>,
    /// Scan only the history of this branch or tag [repeatable]
    #[arg(long = "branch", value_name = "NAME", help_heading = "Input")]
    pub(crate) branches: Vec<String>,
    /// Scan the history of all references, as is done unless something else is asked for
    #[arg(long, conflicts_with = "branches", help_heading = "Input")]
    pub(crate) all: bool,
    /// Leave out what no reference leads to: reflogs and dangling objects
    #[arg(long, help_heading = "Input")]
    pub(crate) no_unreachable: bool,
    /// Scan the repositories of submodules too
    #[arg(long, help_heading = "Input")]
    pub(crate) submodules: bool,
    /// Scan every object whole instead of only what is new in it: slower, with the same result
    #[arg(long, help_heading = "Performance")]
    pub(crate) no_delta: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ChangesCommand {
    /// The repository, or any folder in it
    #[arg(value_name = "REPO", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(crate) repository: PathBuf,
    /// Scan only paths that match GLOB; with a leading `!`, all but those [repeatable]
    #[arg(
        short = 'g',
        long = "glob",
        value_name = "GLOB",
        help_heading = "Input"
    )]
    pub(crate) globs: Vec<String>,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StdinCommand {
    /// The name that reports give to standard input
    #[arg(
        long,
        value_name = "FILE",
        default_value = "<stdin>",
        help_heading = "Input"
    )]
    pub(crate) stdin_name: String,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

/// How files are found.
#[derive(Debug, Args, Default)]
pub(crate) struct WalkArgs {
    /// Scan only paths that match GLOB; with a leading `!`, all but those [repeatable]
    #[arg(
        short = 'g',
        long = "glob",
        value_name = "GLOB",
        help_heading = "Input"
    )]
    pub(crate) globs: Vec<String>,
    /// Follow symbolic links
    #[arg(short = 'L', long, help_heading = "Input")]
    pub(crate) follow: bool,
    /// Scan files that git ignores too
    #[arg(long, help_heading = "Input")]
    pub(crate) no_ignore: bool,
    /// The name that reports give to standard input
    #[arg(
        long,
        value_name = "FILE",
        default_value = "<stdin>",
        help_heading = "Input"
    )]
    pub(crate) stdin_name: String,
}

/// What every scan takes.
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the command line.
#[derive(Debug, Args)]
pub(crate) struct CommonArgs {
    /// Leave out files larger than SIZE (`500K`, `10MB`, `1G`); they are counted
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Input")]
    pub(crate) max_size: Option<u64>,
    /// Open archives and compressed files: zip (jar, wheel, …), tar, gz, bz2, xz, zst, nested ones too
    #[arg(
        long,
        help_heading = "Input",
        long_help = "Open archives and compressed files: zip (jar, wheel, apk, …), tar, gz, bz2, xz, zst, nested ones too\n\n\
                     What they are is told by their first bytes. What is inside is reported as `app.jar!/conf/x.yml`; \
                     globs and path rules apply to that. What is encrypted, damaged, or expands to more than 250 \
                     times its size or 8 GiB, makes the scan incomplete. Hooks open archives only if given this flag."
    )]
    pub(crate) archives: bool,

    /// Read this configuration instead of `.keyward.toml` at the root
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Rules")]
    pub(crate) config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, conflicts_with = "config", help_heading = "Rules")]
    pub(crate) no_config: bool,
    /// Use only this rule; `*` matches any characters [repeatable]
    #[arg(long = "enable-rule", value_name = "RULE", help_heading = "Rules")]
    pub(crate) enable_rules: Vec<String>,
    /// Do not use this rule; `*` matches any characters [repeatable]
    #[arg(long = "disable-rule", value_name = "RULE", help_heading = "Rules")]
    pub(crate) disable_rules: Vec<String>,
    /// Report findings of at least this confidence [default: medium]
    #[arg(long, value_name = "LEVEL", help_heading = "Rules")]
    pub(crate) min_confidence: Option<ConfidenceArg>,
    /// Ignore the markers in scanned files that allow a finding
    #[arg(long, help_heading = "Rules")]
    pub(crate) no_inline_ignore: bool,

    /// Format of the report
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        default_value = "human",
        help_heading = "Output"
    )]
    pub(crate) format: FormatArg,
    /// Write the report to FILE; `FORMAT=FILE` writes one more [repeatable]
    #[arg(short, long = "output", value_name = "[FORMAT=]FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub(crate) outputs: Vec<String>,
    /// Print secrets in clear (human, json and jsonl only)
    #[arg(long, help_heading = "Output")]
    pub(crate) show_secrets: bool,
    /// Colours
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(crate) color: ColorArg,
    /// Print findings only: no summary, no progress
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print suppressed findings, what is kept well and the configuration in use too
    #[arg(short, long, action = ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
    /// Print which features decided the score of what the trained judge found
    #[arg(long, help_heading = "Output")]
    pub(crate) explain_score: bool,
    /// Print times and throughput to standard error
    #[arg(long, help_heading = "Output")]
    pub(crate) stats: bool,

    /// Exit with 1 only for findings of at least this severity
    #[arg(
        long,
        value_name = "SEVERITY",
        default_value = "low",
        help_heading = "Exit code"
    )]
    pub(crate) fail_on: SeverityArg,
    /// Exit code for findings
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        help_heading = "Exit code"
    )]
    pub(crate) exit_code: u8,
    /// Do not exit with 2 when something could not be scanned; the report still says so
    #[arg(long, help_heading = "Exit code")]
    pub(crate) allow_incomplete: bool,

    /// Number of threads [default: one per core]
    #[arg(short = 'j', long, value_name = "N", help_heading = "Performance")]
    pub(crate) threads: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct RulesCommand {
    #[command(subcommand)]
    pub(crate) action: RulesAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesAction {
    /// List all rules
    List {
        /// How to print the list
        #[arg(short, long, value_name = "FORMAT", default_value = "table")]
        format: ListFormat,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Show one rule as data: pattern, anchors, checks, examples
    Show {
        /// Id of the rule
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Check rule files or configurations, and run their examples through the whole detector
    Check {
        /// Files with rules; without any, the built-in rules
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
}

/// Which configuration a command other than a scan reads.
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Read this configuration instead of `.keyward.toml` at the root
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, conflicts_with = "config")]
    pub(crate) no_config: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainCommand {
    /// Id of the rule
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    /// Print Markdown
    #[arg(long)]
    pub(crate) markdown: bool,
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HookCommand {
    #[command(subcommand)]
    pub(crate) action: HookAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HookAction {
    /// Install the pre-commit hook; an existing hook is kept and runs first
    Install {
        /// The repository, or any folder in it
        #[arg(value_name = "REPO", default_value = ".", value_hint = ValueHint::DirPath)]
        repository: PathBuf,
    },
    /// Remove the hook and put the one it found back
    Uninstall {
        /// The repository, or any folder in it
        #[arg(value_name = "REPO", default_value = ".", value_hint = ValueHint::DirPath)]
        repository: PathBuf,
    },
    /// Tell whether the hook is installed and would run
    Status {
        /// The repository, or any folder in it
        #[arg(value_name = "REPO", default_value = ".", value_hint = ValueHint::DirPath)]
        repository: PathBuf,
    },
    /// Run a hook as git would: scan what is staged, pushed or received
    Run {
        /// Name of the hook
        #[arg(value_name = "NAME")]
        name: HookName,
        /// What git gives the hook: for pre-push the remote's name and address
        #[arg(value_name = "ARGUMENT")]
        arguments: Vec<String>,
        #[command(flatten)]
        common: CommonArgs,
    },
}

#[allow(clippy::enum_variant_names)] // So git calls them.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum HookName {
    /// Scan the index against HEAD
    PreCommit,
    /// Scan the commits that a push would send
    PrePush,
    /// Scan the commits that a push brings, before they are accepted
    PreReceive,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsCommand {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// For people at a terminal
    Human,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

impl FormatArg {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Columns
    Table,
    /// A Markdown table
    Markdown,
    /// JSON
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorArg {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityArg {
    /// Everything
    Low,
    /// Medium and worse
    Medium,
    /// High and worse
    High,
    /// Critical only
    Critical,
}

impl From<SeverityArg> for keyward::rule::Severity {
    fn from(severity: SeverityArg) -> Self {
        match severity {
            SeverityArg::Low => Self::Low,
            SeverityArg::Medium => Self::Medium,
            SeverityArg::High => Self::High,
            SeverityArg::Critical => Self::Critical,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfidenceArg {
    /// Everything that looks alike, failed checksums included
    Low,
    /// Believed from format or context
    Medium,
    /// A provider's own format, or a checksum that holds
    High,
}

impl From<ConfidenceArg> for keyward::rule::Confidence {
    fn from(confidence: ConfidenceArg) -> Self {
        match confidence {
            ConfidenceArg::Low => Self::Low,
            ConfidenceArg::Medium => Self::Medium,
            ConfidenceArg::High => Self::High,
        }
    }
}

/// Bytes, with an optional decimal (`K`, `KB`, …) or binary (`KiB`, …) unit.
fn parse_size(text: &str) -> Result<u64, String> {
    keyward::config::parse_size(text).ok_or_else(|| {
        "expected a number with an optional unit, as in 500K, 10MB or 1GiB".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
