//! From arguments to a plan: what to scan, with which rules, where to report.
//!
//! Reads the configuration and looks for the repository; scans nothing.

use std::env;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use keyward::config::Config;
use keyward::report::{Notice, NoticeLevel, PathPrefix};
use keyward::rule::{Confidence, RuleSet, Selection};
use keyward::scan::Options;
use keyward::source::repository::{Repository, RepositoryError};
use keyward::suppress::Suppressions;
use keyward::suppress::date::Date;
use keyward::suppress::ignore_file::IgnoreFile;

use super::CliError;
use super::args::{CommonArgs, ConfigArgs, FormatArg};

/// What finding paths are relative to.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) folder: PathBuf,
    pub(crate) repository: Option<Repository>,
    /// Why the repository that is there cannot be used.
    pub(crate) unusable: Option<RepositoryError>,
    pub(crate) prefix: PathPrefix,
}

impl Root {
    /// The root for scanning `paths` (absolute): the repository they are in, the one folder that is scanned, or the
    /// current folder.
    pub(crate) fn of_paths(paths: &[PathBuf]) -> Result<Self, CliError> {
        let current = current_folder()?;
        let tops: Vec<Option<&Path>> = paths.iter().map(|path| top_of_repository(path)).collect();
        if let Some(Some(top)) = tops.first()
            && tops.iter().all(|other| *other == Some(*top))
        {
            // A repository that cannot be opened is still a folder of files; it only has no HEAD to tell of.
            let (repository, unusable) = match Repository::discover(top) {
                Ok(repository) => (Some(repository), None),
                Err(error) => (None, Some(error)),
            };
            let mut root = Self::new(PathBuf::from(*top), repository, &current);
            root.unusable = unusable;
            return Ok(root);
        }
        let folder = match paths {
            [only] if only.is_dir() => only.clone(),
            _ => current.clone(),
        };
        Ok(Self::new(folder, None, &current))
    }

    /// The root for scanning a path that is a bare repository; `None` if it is none.
    pub(crate) fn of_bare_repository(path: &Path) -> Result<Option<Self>, CliError> {
        let bare = path.join("HEAD").is_file() && path.join("objects").is_dir();
        if !bare || path.join(".git").exists() {
            return Ok(None);
        }
        let root = Self::of_repository(path)?;
        let is_it = path.canonicalize().is_ok_and(|path| path == root.folder);
        Ok(is_it.then_some(root))
    }

    /// The root for scanning what git holds.
    pub(crate) fn of_repository(path: &Path) -> Result<Self, CliError> {
        let current = current_folder()?;
        if !path.exists() {
            return Err(CliError::NoSuchPath(path.to_owned()));
        }
        let repository = Repository::discover(path)?;
        Ok(Self::new(repository.root(), Some(repository), &current))
    }

    /// The root for standard input: only for finding the configuration.
    pub(crate) fn of_stdin() -> Result<Self, CliError> {
        let current = current_folder()?;
        let folder = top_of_repository(&current).map_or_else(|| current.clone(), Path::to_owned);
        let mut root = Self::new(folder, None, &current);
        root.prefix = PathPrefix::default();
        Ok(root)
    }

    fn new(folder: PathBuf, repository: Option<Repository>, current: &Path) -> Self {
        let prefix = prefix(&folder, current);
        Self {
            folder,
            repository,
            unusable: None,
            prefix,
        }
    }

    pub(crate) fn repository(&self) -> Result<&Repository, CliError> {
        self.repository.as_ref().ok_or_else(|| {
            CliError::Repository(RepositoryError::NotARepository {
                path: self.folder.clone(),
            })
        })
    }
}

fn current_folder() -> Result<PathBuf, CliError> {
    env::current_dir()
        .and_then(|folder| folder.canonicalize())
        .map_err(CliError::CurrentFolder)
}

fn top_of_repository(path: &Path) -> Option<&Path> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    folder
        .ancestors()
        .find(|ancestor| ancestor.join(".git").exists())
}

/// How to write, from `current`, a path that is relative to `root`.
fn prefix(root: &Path, current: &Path) -> PathPrefix {
    if let Ok(inside) = current.strip_prefix(root) {
        let depth = inside
            .components()
            .filter(|c| matches!(c, Component::Normal(_)))
            .count();
        let strip = slashed(inside);
        return PathPrefix {
            strip,
            add: "../".repeat(depth),
        };
    }
    let add = match root.strip_prefix(current) {
        Ok(below) => slashed(below),
        Err(_) => slashed(root),
    };
    PathPrefix {
        strip: String::new(),
        add,
    }
}

fn slashed(path: &Path) -> String {
    let mut text = keyward::finding::BlobPath::from_path(path).to_string();
    if !text.is_empty() && !text.ends_with('/') {
        text.push('/');
    }
    text
}

/// The paths of the command line, absolute and without links, each once.
pub(crate) fn absolute(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut absolute: Vec<PathBuf> = Vec::with_capacity(paths.len());
    for path in paths {
        let resolved = path.canonicalize().map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => CliError::NoSuchPath(path.clone()),
            _ => CliError::Path {
                path: path.clone(),
                source,
            },
        })?;
        if !absolute.contains(&resolved) {
            absolute.push(resolved);
        }
    }
    // A folder named beside one of its parents would be read twice.
    let all = absolute.clone();
    absolute.retain(|path| {
        !all.iter()
            .any(|other| other != path && path.starts_with(other))
    });
    Ok(absolute)
}

/// Rules and options of a scan, from the configuration and the flags.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) rules: RuleSet,
    pub(crate) options: Options,
    pub(crate) exclude: Option<ignore::gitignore::Gitignore>,
    pub(crate) max_size: Option<u64>,
    /// Whether archives are opened.
    pub(crate) archives: bool,
    /// Whether no flag narrows the rules.
    pub(crate) all_rules: bool,
    pub(crate) notices: Vec<Notice>,
}

impl Settings {
    pub(crate) fn resolve(root: &Root, common: &CommonArgs) -> Result<Self, CliError> {
        let config = config(&root.folder, common.config.as_deref(), common.no_config)?;
        let mut notices = Vec::new();
        if let Some(path) = config.path() {
            notices.push(Notice {
                level: NoticeLevel::Note,
                message: format!("configuration: {}", path.display()),
            });
        }
        let resolved = config.resolve(&|name| env::var(name).ok())?;
        let mut rules = resolved.rules;
        rules.select(&Selection {
            only: common.enable_rules.clone(),
            disabled: common.disable_rules.clone(),
        })?;
        let now = SystemTime::now();
        let mut suppressions = Suppressions::new(!common.no_inline_ignore, resolved.allows);
        if !common.no_config
            && let Some(file) = IgnoreFile::discover(&root.folder)?
        {
            suppressions = suppressions.with_ignore_file(file, Date::of(now));
        }
        let flag = common.min_confidence.map(Confidence::from);
        let sarif = common.format == FormatArg::Sarif
            || common.outputs.iter().any(|o| o.starts_with("sarif="));
        Ok(Self {
            rules,
            options: Options {
                min_confidence: flag
                    .or(resolved.min_confidence)
                    .unwrap_or(Confidence::Medium),
                suppressions,
                fingerprint_key: resolved.fingerprint_key,
                line_hashes: sarif,
                now,
            },
            exclude: resolved.exclude.into_gitignore(),
            max_size: common.max_size.or(resolved.max_size),
            // The pre-commit framework says so where it runs a hook.
            archives: common.archives || (resolved.archives && env::var_os("PRE_COMMIT").is_none()),
            all_rules: common.enable_rules.is_empty()
                && common.disable_rules.is_empty()
                && flag.is_none(),
            notices,
        })
    }
}

fn config(root: &Path, file: Option<&Path>, none: bool) -> Result<Config, CliError> {
    match file {
        _ if none => Ok(Config::default()),
        Some(path) => Ok(Config::load(path)?),
        None => Ok(Config::discover(root)?.unwrap_or_default()),
    }
}

/// The rules that a command other than a scan works with.
pub(crate) fn rules_only(args: &ConfigArgs) -> Result<RuleSet, CliError> {
    let root = Root::of_stdin()?;
    let config = config(&root.folder, args.config.as_deref(), args.no_config)?;
    Ok(config.resolve(&|name| env::var(name).ok())?.rules)
}
